"""Lists of resources of Vertex AI that cannot be made here: a project has none of them, and that is what is said.

Making one is not served. Permissions are named after the collection, as IAM's reference lists them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gcp_emulator.api import serve
from gcp_emulator.services.aiplatform import state

if TYPE_CHECKING:
    from gcp_emulator.api import Handle, Methods
    from gcp_emulator.call import Call, Json

COLLECTIONS: Final = {
    "DatasetService/ListDatasets": "datasets",
    "DeploymentResourcePoolService/ListDeploymentResourcePools": "deploymentResourcePools",
    "FeatureOnlineStoreAdminService/ListFeatureOnlineStores": "featureOnlineStores",
    "FeatureRegistryService/ListFeatureGroups": "featureGroups",
    "FeaturestoreService/ListFeaturestores": "featurestores",
    "GenAiCacheService/ListCachedContents": "cachedContents",
    "GenAiTuningService/ListTuningJobs": "tuningJobs",
    "IndexEndpointService/ListIndexEndpoints": "indexEndpoints",
    "IndexService/ListIndexes": "indexes",
    "JobService/ListBatchPredictionJobs": "batchPredictionJobs",
    "JobService/ListCustomJobs": "customJobs",
    "JobService/ListDataLabelingJobs": "dataLabelingJobs",
    "JobService/ListHyperparameterTuningJobs": "hyperparameterTuningJobs",
    "JobService/ListModelDeploymentMonitoringJobs": "modelDeploymentMonitoringJobs",
    "JobService/ListNasJobs": "nasJobs",
    "MetadataService/ListMetadataStores": "metadataStores",
    "NotebookService/ListNotebookExecutionJobs": "notebookExecutionJobs",
    "NotebookService/ListNotebookRuntimeTemplates": "notebookRuntimeTemplates",
    "NotebookService/ListNotebookRuntimes": "notebookRuntimes",
    "PersistentResourceService/ListPersistentResources": "persistentResources",
    "PipelineService/ListPipelineJobs": "pipelineJobs",
    "PipelineService/ListTrainingPipelines": "trainingPipelines",
    "ReasoningEngineService/ListReasoningEngines": "reasoningEngines",
    "ScheduleService/ListSchedules": "schedules",
    "SpecialistPoolService/ListSpecialistPools": "specialistPools",
    "TensorboardService/ListTensorboards": "tensorboards",
    "VertexRagDataService/ListRagCorpora": "ragCorpora",
    "VizierService/ListStudies": "studies",
}
"""Methods -> what they list."""


def _of(collection: str) -> Handle:
    def none(call: Call) -> Json:
        call.require(f"aiplatform.{collection}.list", state.location_of(call))
        return {}

    return none


METHODS: Final[Methods] = {
    name: serve(_of(each), only="=projects/{project}/", gives="") for name, each in COLLECTIONS.items()
}
