# Seconds of work of earsC (C1) and its upper bounds: stdin holds counts, a row for each period.
suppressMessages(suppressWarnings(library(surveillance)))
counts <- as.matrix(read.csv(file("stdin"), header = FALSE))
series <- sts(observed = unname(counts), start = c(2015, 1), frequency = 52)
control <- list(range = 264:nrow(counts), method = "C1", baseline = 7, minSigma = 0, alpha = .001)
seconds <- sum(system.time(found <- earsC(series, control))[1:2])
cat(format(c(seconds, t(upperbound(found))), digits = 17), "\n")
