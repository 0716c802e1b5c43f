"""The recipes, each as far as it can be checked without its host; what was not checked stands in their README."""

import re
import shutil
import subprocess
import sys

import pytest

from analysis.publishing.runner import notebook_parameters
from analysis.resources import resource

RECIPES = resource("").joinpath("reports/recipes")


def text(name):
    return (RECIPES / name).read_text(encoding="utf-8")


def test_every_recipe_says_how_it_was_checked():
    table = text("README.md")
    for path in RECIPES.iterdir():
        assert path.name == "README.md" or f"`{path.name}`" in table


def test_no_recipe_holds_a_secret_or_a_machine():
    for path in RECIPES.iterdir():
        found = path.read_text(encoding="utf-8")
        assert not re.search(r"(?i)(password|token|webhook_url)\s*[=:]\s*(?!\$\{\{)[\"']?\w", found), path.name
        assert not re.search(r"/(root|home|work|Users)/", found), path.name


def test_the_crontab_has_five_fields_a_user_and_a_command():
    lines = [line for line in text("crontab").splitlines() if re.match(r"[\d*]", line)]
    assert len(lines) == 2
    for line in lines:
        *fields, user, command = line.split(None, 6)
        assert all(re.fullmatch(r"\*|\d{1,2}", field) for field in fields[:5])
        assert "%" not in command  # cron would end the line there
        assert subprocess.run(["sh", "-n", "-c", command], check=False).returncode == 0
        assert "escalation run " in command
        assert user == "escalation"


def test_the_crontab_runs_without_secrets_and_with_those_that_a_shell_would_obey(tmp_path):
    command = next(line for line in text("crontab").splitlines() if line.startswith("0 6")).split(None, 6)[6]
    program, secrets = tmp_path / "escalation", tmp_path / "escalation.env"
    program.write_text('#!/bin/sh\necho "$ESCALATION_WEBHOOK_URL" >&2\n')
    program.chmod(0o755)
    command = command.replace("/etc/escalation.env", str(secrets))

    def said():
        done = subprocess.run(["sh", "-c", command], env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, capture_output=True)
        return done.returncode, done.stderr

    assert said() == (0, b"\n")
    secrets.write_text("ESCALATION_WEBHOOK_URL='https://h/x?a=$1&b= 2'\n")
    assert said() == (0, b"https://h/x?a=$1&b= 2\n")


def test_recipes_write_where_there_is_a_folder():
    """`ReadWritePaths` of systemd and papermill ask for one, and the folder of reports is made by the first run."""
    written = re.findall(r"^ReadWritePaths=/opt/escalation/(.*)$", text("escalation.service"), re.MULTILINE)
    written += [name.rpartition("/")[0] for name in re.findall(r'output_nb=f"{HOME}/(.*)"', text("airflow_dag.py"))]
    assert written == ["reports", "reports"]
    assert resource("").joinpath("reports/schedule.toml").is_file()


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze on this machine")
def test_systemd_accepts_the_units(tmp_path):
    program = tmp_path / "escalation"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    for name in ("escalation.service", "escalation.timer"):
        unit = text(name).replace("/opt/escalation/.venv/bin/escalation", str(program))
        (tmp_path / name).write_text(unit, encoding="utf-8")
    command = [
        "systemd-analyze",
        "verify",
        "--man=no",
        *(str(tmp_path / f"escalation.{kind}") for kind in ("service", "timer")),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, [line for line in done.stderr.splitlines() if "escalation" in line]) == (0, [])
    (tmp_path / "escalation.timer").write_text("[Timer]\nOnCalendar=sometimes\n")
    assert "sometimes" in subprocess.run(command, capture_output=True, text=True, check=False).stderr


def test_the_workflow_has_what_github_reads():
    yaml = pytest.importorskip("yaml")
    workflow = yaml.safe_load(text("github-actions.yml"))
    triggers = workflow[True]  # YAML reads `on` as a truth
    assert re.fullmatch(r"[\d*]+ [\d*]+ [\d*]+ [\d*]+ [\d*]+", triggers["schedule"][0]["cron"])
    assert workflow["permissions"] == {"contents": "read"}
    for job in workflow["jobs"].values():
        assert job["runs-on"]
        for step in job["steps"]:
            assert ("uses" in step) != ("run" in step)
            assert set(step) <= {"uses", "run", "with", "env", "if", "name"}
            assert "uses" not in step or re.fullmatch(r"actions/[a-z/-]+@v\d+", step["uses"])
        # What was published and told is kept also where a report failed (exit 4), or it is made and told again.
        found = {step["uses"].split("@")[0]: step for step in job["steps"] if "uses" in step}
        kept, known = found["actions/cache/save"], found["actions/cache/restore"]
        assert kept["if"] == "always()"
        assert kept["with"] == {name: known["with"][name] for name in ("path", "key")}
    assert "make setup" in text("github-actions.yml")


def test_the_airflow_file_compiles_and_names_parameters_that_the_notebook_has():
    import ast

    tree = ast.parse(text("airflow_dag.py"))
    compile(tree, "airflow_dag.py", "exec")
    call = next(
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "PapermillOperator"
    )
    given = next(keyword.value for keyword in call.keywords if keyword.arg == "parameters")
    known = notebook_parameters(resource("notebooks/situation.ipynb"))
    assert {key.value for key in given.keys} <= set(known)


def test_the_container_file_copies_what_is_there():
    lines = text("Containerfile").replace("\\\n", " ").splitlines()
    words = [line.split(None, 1) for line in lines if line and not line.startswith("#")]
    assert words[0][0] == "FROM"
    assert {word for word, _ in words} <= {"FROM", "RUN", "WORKDIR", "COPY", "USER", "ENTRYPOINT", "CMD"}
    assert ["USER", "escalation"] in words
    for word, rest in words:
        if word == "COPY":
            for name in rest.split()[:-1]:
                assert resource("").joinpath(name).exists(), name
        if word == "RUN":
            assert subprocess.run(["sh", "-n", "-c", rest], check=False).returncode == 0


def test_a_job_that_is_run_by_python_alone_works_too():
    """The recipes call the command; `python -m analysis` is the same."""
    done = subprocess.run([sys.executable, "-m", "analysis", "--version"], capture_output=True, text=True, check=False)
    assert done.returncode == 0
