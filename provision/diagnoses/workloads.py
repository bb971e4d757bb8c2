"""What is refused when something is deployed or run: containers, builds, images, keys and databases of the project."""

from __future__ import annotations

from typing import Final

from provision.diagnoses.row import Diagnosis, Match, Request, granted
from provision.gcloud import add_binding

_NOT_SERVED: Final = "the sandbox does not serve this API."
_BUILDER: Final = add_binding(
    "projects/{project_id}",
    "serviceAccount:PROJECT_NUMBER-compute@developer.gserviceaccount.com",
    "roles/cloudbuild.builds.builder",
)
_READER: Final = add_binding("projects/{image_project}", "{member}", "roles/artifactregistry.reader")
_KEY: Final = "gcloud storage service-agent --project={project_id} --authorize-cmek=projects/PROJECT_ID/locations/LOCATION/keyRings/KEY_RING/cryptoKeys/KEY"

ROWS: Final = (
    Diagnosis(
        key="RUN_CONTAINER_FAILED",
        match=Match(
            text=r"[Ff]ailed to start and (then )?listen on the port|user-provided container failed to start|Container Healthcheck failed"
        ),
        fix_owner="you",
        source="https://docs.cloud.google.com/run/docs/troubleshooting#container-failed-to-start",
        cause="Google started the container, and the program in it ended, or does not listen on 0.0.0.0 and the port in $PORT in time. Nothing was refused.",
        fix="gcloud logging read 'resource.type=\"cloud_run_revision\" AND severity>=WARNING' --project={project_id} --limit=20   (shows why it ended; locally: PORT=8080 docker run -e PORT -p 8080:8080 IMAGE)",
        triggered_by=("any",),
        not_reproduced=_NOT_SERVED,
    ),
    Diagnosis(
        key="BUILD_ACCOUNT_DENIED",
        match=Match(text=r"missing permission on the build service account"),
        fix_owner="admin",
        source="https://docs.cloud.google.com/functions/docs/troubleshooting#build-service-account",
        cause="The service account that builds (since 2024 the Compute Engine default one) lacks the role for it: new organizations no longer give it any.",
        fix=f"{_BUILDER}   (an administrator; or name your own account with --build-service-account)",
        request=Request(
            ask="grant the default build service account the role roles/cloudbuild.builds.builder",
            reason="functions and services cannot be built from source without it",
            command=_BUILDER,
        ),
        triggered_by=("any",),
        not_reproduced=_NOT_SERVED,
    ),
    Diagnosis(
        key="SERVICE_AGENT_NOT_READY",
        match=Match(
            text=r"[Pp]ermission denied while using the [\w ]*Service Agent|permissions are propagated to the Service Agent",
            priority=10,
        ),
        fix_owner="google",
        retryable=True,
        source="https://docs.cloud.google.com/eventarc/docs/troubleshooting",
        cause="The API's service agent was made a moment ago, and its role is not known everywhere yet; or someone took the role from it.",
        fix="wait some minutes and run it again   (if it stays so, an administrator gives the agent its role back; Eventarc: "
        + add_binding(
            "projects/{project_id}",
            "serviceAccount:service-PROJECT_NUMBER@gcp-sa-eventarc.iam.gserviceaccount.com",
            "roles/eventarc.serviceAgent",
        )
        + ")",
        triggered_by=("any",),
        not_reproduced=_NOT_SERVED,
    ),
    Diagnosis(
        key="IMAGE_NOT_READABLE",
        match=Match(text=r"must have permission to read the image", priority=10),
        fix_owner="admin",
        retryable=True,
        source="https://docs.cloud.google.com/run/docs/deploying#other-projects",
        cause="{principal}, which pulls the image, may not read it: artifactregistry.repositories.downloadArtifacts is missing in {image_project}; or there is no such image.",
        fix=f"{_READER}   (an administrator of the project that holds the image; is its address right? right after an API was enabled, wait some minutes)",
        request=Request(
            ask="grant {member} the role roles/artifactregistry.reader",
            resource="projects/{image_project}",
            reason="a service of another project is deployed from an image there",
            command=_READER,
        ),
        permission="artifactregistry.repositories.downloadArtifacts",
        triggered_by=("any",),
        not_reproduced=_NOT_SERVED,
    ),
    Diagnosis(
        key="REGISTRY_LOGIN_MISSING",
        match=Match(
            text=r"Unauthenticated requests? do(es)? not have permission \W?artifactregistry|(container-registry|artifact-registry)/docs/(docker/)?(advanced-)?authentication",
            priority=20,
        ),
        fix_owner="you",
        source="https://docs.cloud.google.com/artifact-registry/docs/docker/authentication",
        cause="Docker sent no credentials to {registry}: it is not set up to use gcloud's login for that host. No role is missing, as far as this says.",
        fix="gcloud auth configure-docker {registry}   (the host must be named in full; with sudo docker, run this with sudo too; in CI, log in before it)",
        triggered_by=("any",),
        not_reproduced=_NOT_SERVED,
    ),
    Diagnosis(
        key="IAP_TUNNEL_DENIED",
        match=Match(text=r"4033: '?not authorized", priority=5),
        fix_owner="admin",
        source="https://docs.cloud.google.com/iap/docs/tcp-forwarding-overview",
        cause="{principal} may not open a tunnel to the machine by Identity-Aware Proxy: {permission} is missing, or there is no such machine.",
        fix="{grant}   (an administrator)",
        request=granted("a machine has to be reached by IAP's tunnel, and {permission} is missing"),
        permission="iap.tunnelInstances.accessViaIAP",
        triggered_by=("any",),
        not_reproduced=_NOT_SERVED,
    ),
    Diagnosis(
        key="SQL_NOT_AUTHORIZED",
        match=Match(text=r"The client is not authorized to make this request", priority=5),
        fix_owner="admin",
        retryable=True,
        source="https://docs.cloud.google.com/sql/docs/mysql/roles-and-permissions",
        cause="{principal} may not use this instance of Cloud SQL ({permission} is missing), its name is misspelled (PROJECT:REGION:INSTANCE), or a name was used again within a week of its deletion.",
        fix="{grant}   (an administrator; the instances that are there: gcloud sql instances list --project={project_id})",
        request=granted("an instance of Cloud SQL has to be reached, and {permission} is missing"),
        permission="cloudsql.instances.connect",
        triggered_by=("any",),
        not_reproduced=_NOT_SERVED,
    ),
    Diagnosis(
        key="KMS_AGENT_DENIED",
        match=Match(
            text=r"Permission denied on Cloud KMS key|service account has been authorized to use this key", priority=5
        ),
        fix_owner="admin",
        source="https://docs.cloud.google.com/kms/docs/cmek",
        cause="The service agent of the API that stores the data may not use the key that was named: it encrypts, not you.",
        fix=f"{_KEY}   (an administrator of the key; that is for Cloud Storage, of another API its own agent is granted roles/cloudkms.cryptoKeyEncrypterDecrypter on the key)",
        request=Request(
            ask="let the service agent use the key: grant it roles/cloudkms.cryptoKeyEncrypterDecrypter on it",
            resource="the key",
            reason="data of the project {project_id} are to be encrypted with it",
            command=_KEY,
        ),
        triggered_by=("any",),
        not_reproduced=_NOT_SERVED,
    ),
    Diagnosis(
        key="DATASTORE_DENIED",
        match=Match(text=r"Missing or insufficient permissions\.?", generic=True, priority=5),
        fix_owner="admin",
        retryable=True,
        source="https://docs.cloud.google.com/firestore/native/docs/security/iam",
        cause="{principal} may not use Firestore or Datastore in this project (it says so without naming the permission). An app that signs its users in with Firebase is refused so by its security rules instead.",
        fix=add_binding("projects/{project_id}", "{member}", "roles/datastore.user")
        + "   (an administrator; to read only: roles/datastore.viewer)",
        request=Request(
            ask="grant {member} the role roles/datastore.user",
            reason="reading and writing Firestore or Datastore is refused",
            command=add_binding("projects/{project_id}", "{member}", "roles/datastore.user"),
        ),
        triggered_by=("any",),
        not_reproduced=_NOT_SERVED,
    ),
    Diagnosis(
        key="SIGNING_NEEDS_KEY",
        match=Match(
            text=r"you need a private key to sign credentials|Cannot sign data without `?client_email|unable to detect default GoogleAccessID"
        ),
        fix_owner="you",
        source="https://docs.cloud.google.com/storage/docs/access-control/signing-urls-with-helpers",
        cause="Something is to be signed (a URL of Cloud Storage), and these credentials hold a token and no private key: Google can sign for the service account instead.",
        fix="give the call the account and a token (Python: service_account_email=EMAIL and access_token=credentials.token), and let the account sign for itself: "
        + add_binding("serviceAccounts/{email}", "serviceAccount:{email}", "roles/iam.serviceAccountTokenCreator"),
        triggered_by=("any",),
        not_reproduced="it happens in the client, before anything is sent.",
    ),
    Diagnosis(
        key="REGISTRY_DENIED",
        match=Match(
            text=r"(docker\.pkg\.dev|gcr\.io)/\S*.{0,200}\b(401 Unauthorized|403 Forbidden)|(pulling from host|failed to (authorize|fetch \w+ token)).{0,200}(pkg\.dev|gcr\.io).{0,200}\b40[13]\b",
            priority=-5,
        ),
        fix_owner="admin",
        retryable=True,
        source="https://docs.cloud.google.com/artifact-registry/docs/access-control",
        cause="The registry {registry} refuses the image to whoever pulls or pushes it (on GKE and Cloud Run that is the service account of the node or the service): {permission} is missing, or the repository does not exist.",
        fix="{grant}   (an administrator; nodes without an account of their own use PROJECT_NUMBER-compute@developer.gserviceaccount.com; on your own machine: gcloud auth configure-docker {registry})",
        request=granted("an image cannot be pulled or pushed: {permission} is missing"),
        triggered_by=("any",),
        not_reproduced=_NOT_SERVED,
    ),
    Diagnosis(
        key="BUCKET_MISSING",
        match=Match(text=r"storage: bucket doesn't exist|The specified bucket does not exist\.?,? notFound"),
        also=(Match(text=r"The specified bucket does not exist|NoSuchBucket", generic=True),),
        fix_owner="you",
        source="https://developer.hashicorp.com/terraform/language/backend/gcs",
        cause="The bucket does not exist: its name is misspelled, or it was never made (Terraform makes none for its own state); or these credentials are of another login.",
        fix="gcloud storage buckets create gs://BUCKET --project={project_id} --location={location} --uniform-bucket-level-access   (those that are there: gcloud storage buckets list)",
        triggered_by=("any",),
        not_reproduced=_NOT_SERVED,
    ),
    Diagnosis(
        key="REQUESTER_PAYS",
        match=Match(text=r"requester pays bucket but no user project|UserProjectMissing"),
        fix_owner="you",
        source="https://docs.cloud.google.com/storage/docs/using-requester-pays",
        cause="Whoever reads this bucket pays for it, and the call names no project that is to pay.",
        fix="gcloud storage cp gs://BUCKET/OBJECT . --billing-project={project_id}   (gsutil: -u PROJECT_ID; Python: client.bucket(NAME, user_project=PROJECT_ID); you need serviceusage.services.use there)",
        triggered_by=("any",),
        not_reproduced=_NOT_SERVED,
    ),
    Diagnosis(
        key="PUBSUB_DENIED",
        match=Match(text=r"User not authorized to perform this action", priority=-5),
        fix_owner="admin",
        retryable=True,
        source="https://docs.cloud.google.com/pubsub/docs/access-control",
        cause="{principal} may not use this topic or subscription of Pub/Sub, or it does not exist: the answer names no permission.",
        fix=add_binding("projects/{project_id}", "{member}", "roles/pubsub.publisher")
        + "   (to publish; to receive it is roles/pubsub.subscriber; an administrator)",
        request=Request(
            ask="grant {member} the role roles/pubsub.publisher (or roles/pubsub.subscriber, to receive)",
            reason="calls of Pub/Sub are refused: User not authorized to perform this action",
            command=add_binding("projects/{project_id}", "{member}", "roles/pubsub.publisher"),
        ),
        triggered_by=("any",),
        not_reproduced=_NOT_SERVED,
    ),
    Diagnosis(
        key="STATE_LOCKED",
        match=Match(text=r"tflock\W{0,3} failed: googleapi: Error 412", priority=5),
        fix_owner="you",
        source="https://developer.hashicorp.com/terraform/language/state/locking",
        cause="Terraform's state in this bucket is locked: another run is at work, or one was broken off. Google did as it was asked.",
        fix="wait for the other run; if there is none: terraform force-unlock LOCK_ID   (the id is in the message)",
        triggered_by=("any",),
        not_reproduced=_NOT_SERVED,
    ),
    Diagnosis(
        key="BUILD_LOGS_UNSET",
        match=Match(text=r"build\.service_account.{0,40} is specified, the build must"),
        fix_owner="you",
        source="https://docs.cloud.google.com/build/docs/securing-builds/configure-user-specified-service-accounts",
        cause="A build with your own service account must say where its log goes.",
        fix="put `logging: CLOUD_LOGGING_ONLY` under `options:` in the build's configuration   (or name a bucket of yours: logsBucket: gs://BUCKET)",
        triggered_by=("any",),
        not_reproduced=_NOT_SERVED,
    ),
)
