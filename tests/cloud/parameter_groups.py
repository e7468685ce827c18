"""RDS parameter groups: what somebody has set is `user`, a default group is there and has nothing set, and what counts after a
restart only is `pending-reboot` until then (RDS User Guide, "Modifying parameters in a DB parameter group"; API Reference,
DescribeDBParameters, DBParameterGroupStatus).
"""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult, PaginatedResult
from moto.rds.exceptions import DBParameterGroupNotFoundError
from moto.rds.models import DBInstance, RDSBackend
from moto.rds.responses import RDSResponse

from patch import replaces

moto_modify = RDSBackend.modify_db_parameter_group

# Of each instance: whether what was set in its group counts.
DBInstance.parameters_applied = "in-sync"


def db_parameter_group_status_list(self: DBInstance) -> list[dict[str, Any]]:
    groups = self.db_parameter_groups()
    return [{"DBParameterGroupName": group.name, "ParameterApplyStatus": self.parameters_applied} for group in groups]


DBInstance.db_parameter_group_status_list = property(db_parameter_group_status_list)


@replaces(RDSBackend)
def modify_db_parameter_group(self: RDSBackend, name: str, parameters: list[dict[str, Any]]) -> Any:
    parameters = list(parameters)
    group = moto_modify(self, name, parameters)
    if any(parameter.get("ApplyMethod") == "pending-reboot" for parameter in parameters):
        for instance in self.databases.values():
            if instance.db_parameter_group_name == group.name:
                instance.parameters_applied = "pending-reboot"
    return group


def told(params: Any, name: str, group: Any) -> ActionResult:
    """All that is told here was set by somebody: moto keeps nothing else."""
    if group is None and not name.startswith("default."):
        raise DBParameterGroupNotFoundError(name)
    kept = group.parameters.items() if group is not None and params.get("Source") in (None, "user") else ()
    return PaginatedResult({"Parameters": [{"ParameterName": key, **values, "Source": "user"} for key, values in kept]})


@replaces(RDSResponse)
def describe_db_parameters(self: RDSResponse) -> ActionResult:
    name = self.params["DBParameterGroupName"]
    return told(self.params, name, self.backend.db_parameter_groups.get(name))


@replaces(RDSResponse)
def describe_db_cluster_parameters(self: RDSResponse) -> ActionResult:
    name = self.params["DBClusterParameterGroupName"]
    return told(self.params, name, self.backend.db_cluster_parameter_groups.get(name))
