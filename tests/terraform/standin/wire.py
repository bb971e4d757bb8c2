"""The messages of Terraform's plugin protocol 5, as far as they are used here, built when imported.

Names and numbers are those of the published definition. Nested messages stand side by side here, and maps as lists
of entries: on the wire that is the same. proto2, so that a step to element 0 of a list is sent at all.
https://github.com/hashicorp/terraform/blob/main/docs/plugin-protocol/tfplugin5.proto
"""

from __future__ import annotations

from typing import Any, Final

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

PACKAGE: Final = "standin.tfplugin5"
SERVICE: Final = "tfplugin5.Provider"

# Each line: message, then name:type=number; a * after the type makes a list.
_MESSAGES: Final = """
DynamicValue      msgpack:bytes=1 json:bytes=2
Step              attribute_name:string=1 element_key_string:string=2 element_key_int:int64=3
AttributePath     steps:Step*=1
Diagnostic        severity:int64=1 summary:string=2 detail:string=3 attribute:AttributePath=4
RawState          json:bytes=1
Attribute         name:string=1 type:bytes=2 required:bool=4 optional:bool=5 computed:bool=6 sensitive:bool=7
NestedBlock       type_name:string=1 block:Block=2 nesting:int64=3 min_items:int64=4 max_items:int64=5
Block             version:int64=1 attributes:Attribute*=2 block_types:NestedBlock*=3
Schema            version:int64=1 block:Block=2
SchemaEntry       key:string=1 value:Schema=2
Capabilities      plan_destroy:bool=1 get_provider_schema_optional:bool=2 move_resource_state:bool=3
Nothing
SchemaAnswer      provider:Schema=1 resources:SchemaEntry*=2 data_sources:SchemaEntry*=3 capabilities:Capabilities=6
ConfigRequest     config:DynamicValue=1
PreparedAnswer    prepared_config:DynamicValue=1 diagnostics:Diagnostic*=2
ValidateRequest   type_name:string=1 config:DynamicValue=2
DiagnosticsAnswer diagnostics:Diagnostic*=1
UpgradeRequest    type_name:string=1 version:int64=2 raw_state:RawState=3
UpgradeAnswer     upgraded_state:DynamicValue=1 diagnostics:Diagnostic*=2
ConfigureRequest  terraform_version:string=1 config:DynamicValue=2
ReadRequest       type_name:string=1 current_state:DynamicValue=2 private:bytes=3
ReadAnswer        new_state:DynamicValue=1 diagnostics:Diagnostic*=2 private:bytes=3
PlanRequest       type_name:string=1 prior_state:DynamicValue=2 proposed_new_state:DynamicValue=3 config:DynamicValue=4
PlanAnswer        planned_state:DynamicValue=1 requires_replace:AttributePath*=2 diagnostics:Diagnostic*=4 legacy:bool=5
ApplyRequest      type_name:string=1 prior_state:DynamicValue=2 planned_state:DynamicValue=3 config:DynamicValue=4
ApplyAnswer       new_state:DynamicValue=1 diagnostics:Diagnostic*=3 legacy:bool=4
ImportRequest     type_name:string=1 id:string=2
Imported          type_name:string=1 state:DynamicValue=2
ImportAnswer      imported_resources:Imported*=1 diagnostics:Diagnostic*=2
DataAnswer        state:DynamicValue=1 diagnostics:Diagnostic*=2
StopAnswer        Error:string=1
"""

METHODS: Final = {
    "GetSchema": ("Nothing", "SchemaAnswer"),
    "PrepareProviderConfig": ("ConfigRequest", "PreparedAnswer"),
    "ValidateResourceTypeConfig": ("ValidateRequest", "DiagnosticsAnswer"),
    "ValidateDataSourceConfig": ("ValidateRequest", "DiagnosticsAnswer"),
    "UpgradeResourceState": ("UpgradeRequest", "UpgradeAnswer"),
    "Configure": ("ConfigureRequest", "DiagnosticsAnswer"),
    "ReadResource": ("ReadRequest", "ReadAnswer"),
    "PlanResourceChange": ("PlanRequest", "PlanAnswer"),
    "ApplyResourceChange": ("ApplyRequest", "ApplyAnswer"),
    "ImportResourceState": ("ImportRequest", "ImportAnswer"),
    "ReadDataSource": ("ValidateRequest", "DataAnswer"),
    "Stop": ("Nothing", "StopAnswer"),
}
"""Each method of the protocol that is served, with its request and its answer; Terraform does without the others."""

ERROR: Final = 1
WARNING: Final = 2
NESTING: Final = {"single": 1, "list": 2, "set": 3}


def _build() -> dict[str, Any]:
    field = descriptor_pb2.FieldDescriptorProto
    scalars = {
        "bytes": field.TYPE_BYTES,
        "string": field.TYPE_STRING,
        "int64": field.TYPE_INT64,
        "bool": field.TYPE_BOOL,
    }
    file = descriptor_pb2.FileDescriptorProto(name="standin.proto", package=PACKAGE, syntax="proto2")
    for line in _MESSAGES.strip().splitlines():
        name, *members = line.split()
        message = file.message_type.add(name=name)
        for member in members:
            label, _, rest = member.partition(":")
            kind, _, number = rest.partition("=")
            added = message.field.add(
                name=label,
                number=int(number),
                label=field.LABEL_REPEATED if kind.endswith("*") else field.LABEL_OPTIONAL,
            )
            if kind.rstrip("*") in scalars:
                added.type = scalars[kind.rstrip("*")]
            else:
                added.type, added.type_name = field.TYPE_MESSAGE, f".{PACKAGE}.{kind.rstrip('*')}"
    pool = descriptor_pool.DescriptorPool()
    found = pool.AddSerializedFile(file.SerializeToString())
    del found
    return {
        message.name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{PACKAGE}.{message.name}"))
        for message in file.message_type
    }


MESSAGES: Final = _build()
"""The classes of the messages, by name."""
