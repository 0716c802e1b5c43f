# Seconds of work of farringtonFlexible and its upper bounds: stdin holds counts, a row for each period; arguments: evaluated rows (1-based, from:to).
suppressMessages(suppressWarnings(library(surveillance)))
range <- eval(parse(text = commandArgs(TRUE)[1]))
counts <- as.matrix(read.csv(file("stdin"), header = FALSE))
series <- sts(observed = unname(counts), start = c(2015, 1), frequency = 52)
control <- list(range = range, b = 5, w = 3, reweight = TRUE, weightsThreshold = 2.58, alpha = .01, trend = TRUE,
                pThresholdTrend = .05, limit54 = c(0, 4), noPeriods = 10, pastWeeksNotIncluded = 26,
                thresholdMethod = "nbPlugin", glmWarnings = FALSE)
seconds <- sum(system.time(found <- suppressWarnings(farringtonFlexible(series, control)))[1:2])
cat(format(c(seconds, t(upperbound(found))), digits = 17), "\n")
