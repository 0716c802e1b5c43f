"""One report by Airflow's PapermillOperator, where a team lives in Airflow: packages
``apache-airflow-providers-papermill`` and ``-standard``.

The operator runs the notebook alone: charts and numbers land in ``output_dir``. It publishes nothing, compares nothing
and tells nobody; for that, let a BashOperator call ``escalation run``, as ``all_reports`` does.
"""

from datetime import datetime, timedelta

from airflow import DAG
from airflow.providers.papermill.operators.papermill import PapermillOperator
from airflow.providers.standard.operators.bash import BashOperator

HOME = "/opt/escalation"

with DAG(
    "escalation",
    schedule="0 6 * * 1",
    start_date=datetime(2025, 1, 6),
    catchup=False,  # a missed Monday is caught up by the schedule itself, once
    max_active_runs=1,
    default_args={"retries": 1, "retry_delay": timedelta(minutes=10), "execution_timeout": timedelta(hours=2)},
):
    all_reports = BashOperator(
        task_id="all_reports", bash_command=f"{HOME}/.venv/bin/escalation run {HOME}/reports/schedule.toml --quiet"
    )
    one_notebook = PapermillOperator(
        task_id="one_notebook",
        input_nb=f"{HOME}/notebooks/situation.ipynb",
        output_nb=f"{HOME}/reports/airflow-{{{{ ds }}}}.ipynb",  # in a folder that is there
        kernel_name="python3",
        language_name="python",
        parameters={
            "table": "",
            "country": "MLI",
            "attacker": "JNIM",
            "as_of": "2025-07-01",
            "output_dir": f"{HOME}/reports/airflow-{{{{ ds }}}}",
        },
    )
