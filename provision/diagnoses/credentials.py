"""Credentials, tokens and the project that calls are charged to."""

from __future__ import annotations

from typing import Final

from provision.diagnoses.row import Diagnosis, Match, Request, granted
from provision.gcloud import add_binding

_ADC: Final = "https://cloud.google.com/docs/authentication/application-default-credentials"
_REASONS: Final = "https://github.com/googleapis/googleapis/blob/master/google/api/error_reason.proto"
_LOGIN: Final = "gcloud auth application-default login"
_KEYS: Final = "https://developers.google.com/identity/protocols/oauth2/service-account"
_CONTROL: Final = ("GetProject", "CreateProject", "BatchGetServices", "BatchEnableServices", "GetProjectBillingInfo")
# The OAuth clients of gcloud and of its application default login belong to these projects of Google's.
_GCLOUDS_OWN: Final = r"\b(764086051850|618104708054|32555940559)$"

_BIND_POD: Final = add_binding(
    "serviceAccounts/{email}",
    "'serviceAccount:{project_id}.svc.id.goog[NAMESPACE/KUBERNETES_ACCOUNT]'",
    "roles/iam.workloadIdentityUser",
)

ROWS: Final = (
    Diagnosis(
        key="NO_CREDENTIALS",
        match=Match(reason="NO_CREDENTIALS"),
        also=(
            Match(
                text=r"(default|your) credentials were not found|could not (find|load the) default credentials"
                r"|could not automatically determine credentials|Application Default Credentials are not available"
                r"|Attempted to load application default credentials since neither|Unable to authenticate your request"
                r"|Neither metadata server or valid service account credentials are found|could not find default credentials"
                r"|[Nn]o (valid )?Google(?: Cloud)? credentials|default credentials not found|ADC (was|were) not found"
            ),
        ),
        fix_owner="you",
        source=_ADC,
        cause="There are no Google credentials on this machine: no GOOGLE_APPLICATION_CREDENTIALS, no gcloud login, no metadata server.",
        fix=f"{_LOGIN}   (in CI: use workload identity federation; to try without an account: add --sandbox)",
        triggered_by=("LoadCredentials",),
    ),
    Diagnosis(
        key="CREDENTIALS_FILE_MISSING",
        match=Match(reason="CREDENTIALS_FILE_MISSING"),
        also=(
            Match(
                text=r"Error reading credential file from .{0,200}(does not exist|not find (a part of the path|file))|DefaultCredentialsError: File \S+ was not found|The file at \S+ does not exist, or it is not a file"
            ),
            Match(text=r"GOOGLE_APPLICATION_CREDENTIALS.{0,80}(no such file|does not exist)"),
            Match(status="CREDENTIALS", text=r"File '[^']+' was not found", conclusive=True),
        ),
        fix_owner="you",
        source=_ADC,
        cause="The credentials file cannot be found: {message}",
        fix="correct the path in GOOGLE_APPLICATION_CREDENTIALS, or `unset GOOGLE_APPLICATION_CREDENTIALS` to use your gcloud login",
        triggered_by=("LoadCredentials",),
    ),
    Diagnosis(
        key="CREDENTIALS_FILE_UNREADABLE",
        match=Match(reason="CREDENTIALS_FILE_UNREADABLE"),
        fix_owner="you",
        source=_ADC,
        cause="The credentials file cannot be read: {message}",
        fix="give yourself read permission on the file (chmod u+r FILE), or use another one",
        triggered_by=("LoadCredentials",),
    ),
    Diagnosis(
        key="CREDENTIALS_FILE_MALFORMED",
        match=Match(reason="CREDENTIALS_FILE_MALFORMED|MalformedError"),
        also=(
            Match(
                text=r"File \S+ is not a valid json file|does not have a valid type|not in the expected format"
                r"|JSON object does not contain an? \w+ field|missing 'type' field in credentials|unknown credential type"
                r"|failed to parse (service account key )?JSON credentials|JSON credentials are not valid|unsupported filetype|reading credentials from stream"
            ),
            Match(text=r"\bfile\b.{0,80}\bis empty\b.{0,80}credentials|credentials.{0,80}\bfile\b.{0,80}\bis empty\b"),
        ),
        fix_owner="you",
        source=_ADC,
        cause="The credentials file cannot be used: {message}",
        fix=f"use a complete credentials file, or `unset GOOGLE_APPLICATION_CREDENTIALS` and run `{_LOGIN}` (a file of zero bytes is what gcloud leaves where keys are forbidden)",
        triggered_by=("LoadCredentials",),
    ),
    Diagnosis(
        key="PRIVATE_KEY_MALFORMED",
        match=Match(
            text=r"could not deserialize key data|no key could be detected|unable to load PEM|MalformedFraming"
            r"|DECODER routines::unsupported|PEM routines:\S*:?no start line|invalid private key|error parsing private key",
            generic=True,
        ),
        fix_owner="you",
        source=_KEYS,
        cause="The private key inside the credentials file is damaged. Most often its line breaks were lost when the file was copied into a variable or a CI secret.",
        fix=f"store the file as it was downloaded (base64 it for a secret: base64 -w0 key.json), or use no key: {_LOGIN} --impersonate-service-account=SERVICE_ACCOUNT_EMAIL",
        triggered_by=("LoadCredentials",),
    ),
    Diagnosis(
        key="CREDENTIALS_MISSING",
        reproduced_by=("CREDENTIALS_MISSING", "project"),
        match=Match(reason="CREDENTIALS_MISSING"),
        also=(
            Match(
                text=r"missing required authentication credential|does not have valid authentication credentials"
                r"|doesn't allow unregistered callers"
            ),
            Match(text=r"Anonymous caller does not have|Unauthenticated request", priority=10),
        ),
        fix_owner="you",
        source=_REASONS,
        cause="The call carried no token: the Authorization header, or the variable that should fill it, was empty.",
        fix=f'{_LOGIN}   (for curl: -H "Authorization: Bearer $(gcloud auth print-access-token)")',
        triggered_by=("any",),
    ),
    Diagnosis(
        key="API_KEY_UNSUPPORTED",
        reproduced_by=("API_KEY_NOT_SUPPORTED", "project"),
        match=Match(reason="CREDENTIALS_MISSING", text=r"API keys are not supported"),
        also=(Match(text=r"API keys are not supported by this API"),),
        fix_owner="you",
        source=_REASONS,
        cause="An API key was sent, and this API takes none: it wants an OAuth access token.",
        fix=f'{_LOGIN}   (for the openai SDK: export OPENAI_API_KEY="$(gcloud auth print-access-token)"; it holds for an hour)',
        triggered_by=("any",),
    ),
    Diagnosis(
        key="ACCESS_TOKEN_EXPIRED",
        reproduced_by=("ACCESS_TOKEN_EXPIRED", "project"),
        match=Match(reason="ACCESS_TOKEN_EXPIRED"),
        also=(
            Match(text=r"had invalid authentication credentials"),
            Match(text=r"Invalid Credentials\b", code=401, generic=True),
        ),
        fix_owner="you",
        source=_REASONS,
        cause="Google does not accept the token: it is older than an hour, revoked or malformed, and a new one did not help.",
        fix=f"{_LOGIN}   (where a token is kept in a variable such as OPENAI_API_KEY, renew it: gcloud auth print-access-token)",
        triggered_by=("any",),
    ),
    Diagnosis(
        key="ACCESS_TOKEN_TYPE_UNSUPPORTED",
        reproduced_by=("ACCESS_TOKEN_TYPE_UNSUPPORTED", "project"),
        match=Match(reason="ACCESS_TOKEN_TYPE_UNSUPPORTED"),
        also=(Match(text=r"(access )?token type (is )?not supported"),),
        fix_owner="you",
        source=_REASONS,
        cause="The bearer is no access token that {called_service} takes now: one that was printed more than an hour ago is told so too, as are an API key, an `sk-…` key of another provider, an identity token, and a federated or self-signed one.",
        fix='take a fresh one each time: export OPENAI_API_KEY="$(gcloud auth print-access-token)"   (it holds for an hour; better a client that refreshes it, or `provision run`; with federated credentials: impersonate a service account)',
        triggered_by=("any",),
    ),
    Diagnosis(
        key="CREDENTIALS_OF_OTHER_TYPE",
        match=Match(
            text=r"Invalid credentials json type|unsupported credential(s)? type|credentials? type .{0,60}(is )?not supported",
            priority=5,
        ),
        fix_owner="you",
        source="https://github.com/googleapis/google-cloud-cpp/blob/main/google/cloud/internal/oauth2_google_credentials.cc",
        cause="The credentials file is of a type that this program's library does not read (gRPC's C++ library knows service_account, authorized_user and external_account; impersonated_service_account it does not). It has nothing to do with an expired token.",
        fix=f"log in without impersonation: {_LOGIN}   (or give the program a service account key or an access token)",
        triggered_by=("LoadCredentials",),
        not_reproduced="it happens in the client, before anything is sent.",
    ),
    Diagnosis(
        key="AWS_IMDSV2",
        match=Match(text=r"Unable to retrieve AWS (role name|security credentials|region)|IMDSv2 required"),
        fix_owner="you",
        source="https://docs.cloud.google.com/iam/docs/workload-identity-federation-with-other-clouds",
        cause="The machine on AWS answers its metadata only to IMDSv2 (a session token), and the credential configuration has no imdsv2_session_token_url; in a container the hop limit can be the cause too.",
        fix="write the configuration again: gcloud iam workload-identity-pools create-cred-config projects/PROJECT_NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER --aws --enable-imdsv2 --service-account={email} --output-file=FILE",
        triggered_by=("LoadCredentials",),
        not_reproduced="it happens on a machine of AWS.",
    ),
    Diagnosis(
        key="SUBJECT_TOKEN_MISSING",
        match=Match(
            text=r"Unable to (retrieve|parse) (the )?(Identity Pool )?subject[ _]token|subject[ _]token (file )?.{0,120}(was not found|no such file|does not exist)"
        ),
        fix_owner="you",
        source="https://docs.cloud.google.com/iam/docs/workload-identity-federation-with-other-providers",
        cause="The credential configuration (external_account) says where the other provider's token is, and there is none: the file or address under credential_source is missing, empty or has another form.",
        fix="look at credential_source in the configuration, and that the job writes its token there before   (write it anew: gcloud iam workload-identity-pools create-cred-config projects/PROJECT_NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER --credential-source-file=TOKEN_FILE --output-file=FILE)",
        triggered_by=("LoadCredentials",),
        not_reproduced="it happens in the client, before anything is sent.",
    ),
    Diagnosis(
        key="EXECUTABLE_CREDENTIALS",
        also=(Match(reason="EXECUTABLE_CREDENTIALS"),),
        match=Match(
            text=r"Executables need to be explicitly allowed|GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES|[Ee]xecutable (returned unsuccessful response|exited with|timed out|response)"
        ),
        fix_owner="you",
        source="https://docs.cloud.google.com/iam/docs/workload-identity-federation-with-other-providers",
        cause="The credential configuration gets its token from a program of this machine, which was not allowed, failed, or took too long: {message}",
        fix="export GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES=1   (then run the command under credential_source.executable by hand: it must print its JSON to standard output, nothing to standard error, within timeout_millis)",
        triggered_by=("LoadCredentials",),
        not_reproduced="it happens in the client, before anything is sent.",
    ),
    Diagnosis(
        key="SCOPE_NOT_CONSENTED",
        match=Match(
            text=r"scope is required but not consented|cloud-platform scope is required|Missing required scope"
        ),
        fix_owner="you",
        source="https://docs.cloud.google.com/sdk/gcloud/reference/auth/application-default/login",
        cause="In the browser the box for Google Cloud's data was not ticked, so the login has no access to it.",
        fix=f'{_LOGIN}   (and tick "See, edit, configure, and delete your Google Cloud data")',
        triggered_by=("LoadCredentials",),
        not_reproduced="it happens in the browser.",
    ),
    Diagnosis(
        key="ORGANIZATION_INTERNAL_CLIENT",
        match=Match(
            text=r"Error 403: (org_internal|access_denied)|org_internal|has not completed the Google verification process|This app is blocked"
        ),
        fix_owner="you",
        source="https://support.google.com/cloud/answer/15549945",
        cause="The OAuth client that asks for consent is for another organization or for listed test users only.",
        fix=f"use gcloud's own client: {_LOGIN}   (else have your account added as a test user: https://console.cloud.google.com/auth/audience)",
        triggered_by=("LoadCredentials",),
        not_reproduced="it happens in the browser.",
    ),
    Diagnosis(
        key="UNAUTHENTICATED",
        match=Match(code=401),
        also=(Match(status="UNAUTHENTICATED"),),
        fix_owner="you",
        source="https://cloud.google.com/apis/design/errors",
        cause="Google does not accept the token: {message}",
        fix=_LOGIN,
        triggered_by=("any",),
    ),
    Diagnosis(
        key="ACCOUNT_STATE_INVALID",
        reproduced_by=("ACCOUNT_STATE_INVALID", "project"),
        match=Match(reason="ACCOUNT_STATE_INVALID"),
        also=(Match(text=r"account (has been|is) (disabled|deleted)", generic=True),),
        fix_owner="admin",
        source=_REASONS,
        cause="The account {email} behind the credentials is disabled or deleted.",
        fix="gcloud iam service-accounts enable {email}   (if it was deleted: use another account)",
        request=Request(
            ask="enable the service account {email} again, or tell me which account to use",
            resource="serviceAccounts/{email}",
            reason="every call with these credentials is refused: the account is disabled or deleted",
            command="gcloud iam service-accounts enable {email} --project={project_id}",
        ),
        triggered_by=("any",),
    ),
    Diagnosis(
        key="USER_BLOCKED_BY_ADMIN",
        reproduced_by=("USER_BLOCKED_BY_ADMIN", "project"),
        match=Match(reason="USER_BLOCKED_BY_ADMIN"),
        also=(
            Match(
                text=r"admin_policy_enforced|turned off for (this|the) user|service (is|has been) (turned off|disabled) by (your|the) (admin|domain)"
            ),
        ),
        fix_owner="admin",
        source=_REASONS,
        cause="The administrator of your Google Workspace has turned Google Cloud off for {principal}.",
        fix="send the request below to your Google Workspace administrator; nothing in Google Cloud itself can change it",
        request=Request(
            ask='turn the service "Google Cloud" on for {principal}',
            resource="the organizational unit of {principal}",
            reason="every call of this user to Google Cloud is refused (USER_BLOCKED_BY_ADMIN)",
            command="https://admin.google.com/ac/appslist/additional   (Apps > Additional Google services > Google Cloud)",
        ),
        triggered_by=("any",),
    ),
    Diagnosis(
        key="ACCESS_TOKEN_SCOPE_INSUFFICIENT",
        reproduced_by=("ACCESS_TOKEN_SCOPE_INSUFFICIENT", "project"),
        match=Match(reason="ACCESS_TOKEN_SCOPE_INSUFFICIENT"),
        also=(
            Match(
                text=r"insufficient authentication scopes|Provided scope\(s\) are not authorized|Insufficient OAuth2 scope|access ?token for the Compute Engine built-in service account"
            ),
        ),
        fix_owner="you",
        source=_REASONS,
        cause="The token lacks the scope cloud-platform; no role helps while it does.",
        fix=f"{_LOGIN} --scopes=https://www.googleapis.com/auth/cloud-platform   (on a VM: stop it, then gcloud compute instances set-service-account VM --scopes=cloud-platform)",
        triggered_by=("any",),
    ),
    Diagnosis(
        key="SCOPE_NOT_NAMED",
        match=Match(reason="invalid_scope"),
        also=(
            Match(text=r"Invalid OAuth scope or ID token audience|RefreshError.{0,20}No access token in response"),
            Match(
                service="iamcredentials.googleapis.com",
                status="INVALID_ARGUMENT",
                method="GenerateAccessToken",
                # The bare sentence is what comes where none is named at all; what else is wrong says so.
                text=r"at least one scope|\binvalid (OAuth )?scopes?\b|\bscopes? (is|are|must|cannot)\b"
                r"|Request contains an invalid argument",
                conclusive=False,
                priority=10,
            ),
        ),
        fix_owner="you",
        source="https://google-auth.readthedocs.io/en/stable/reference/google.oauth2.service_account.html",
        cause="The program asked for a token without saying for what: it names no scope, or one that does not exist.",
        fix='name it in the program: google.auth.default(scopes=["https://www.googleapis.com/auth/cloud-platform"])   (credentials made from a file: .with_scopes([...]))',
        triggered_by=("Token",),
    ),
    Diagnosis(
        key="DELEGATION_DENIED",
        match=Match(reason="unauthorized_client", text=r"unauthorized to retrieve access tokens", priority=5),
        also=(Match(text=r"Client is unauthorized to retrieve access tokens using this method"),),
        fix_owner="you",
        source="https://developers.google.com/identity/protocols/oauth2/service-account#delegatingauthority",
        cause="The service account asks for a token in a person's name (domain-wide delegation), and no administrator of the Workspace has allowed it that.",
        fix="leave the person out (with_subject, `subject`, `sub`): Google Cloud takes the service account's own token",
        triggered_by=("Token",),
    ),
    Diagnosis(
        key="INVALID_RAPT",
        reproduced_by=("INVALID_RAPT", "token"),
        match=Match(reason="invalid_grant", text=r"rapt"),
        also=(
            Match(reason="invalid_grant", metadata=("error_subtype", r"rapt"), priority=20),
            Match(text=r"invalid_rapt|rapt_required|Reauthentication (is )?(needed|required|failed)"),
        ),
        fix_owner="you",
        source="https://support.google.com/a/answer/9368756",
        cause="Your organization asks you to log in again from time to time, and that time has come.",
        fix=f"{_LOGIN}   (and, for gcloud's own commands: gcloud auth login)",
        triggered_by=("Token",),
    ),
    Diagnosis(
        key="TOKEN_REVOKED",
        reproduced_by=("INVALID_GRANT", "token"),
        match=Match(reason="invalid_grant", text=r"token has been expired or revoked"),
        also=(Match(text=r"token has been expired or revoked"),),
        fix_owner="you",
        source="https://developers.google.com/identity/protocols/oauth2",
        cause="Your login was revoked: the password was changed, access was withdrawn, or it lay unused for six months.",
        fix=f"{_LOGIN}   (and, for gcloud's own commands: gcloud auth login)",
        triggered_by=("Token",),
    ),
    Diagnosis(
        key="INVALID_JWT_SIGNATURE",
        reproduced_by=("INVALID_JWT_SIGNATURE", "token"),
        match=Match(reason="invalid_grant", text=r"Invalid JWT Signature"),
        also=(Match(text=r"Invalid JWT Signature"),),
        fix_owner="you",
        source=_KEYS,
        cause="The service account's key was deleted or replaced, or the file is damaged.",
        fix=f"use a current key, or better none: run as yourself with `{_LOGIN} --impersonate-service-account={{principal_email}}`",
        triggered_by=("Token",),
    ),
    Diagnosis(
        key="CLOCK_SKEW",
        reproduced_by=("CLOCK_SKEW", "token"),
        match=Match(reason="invalid_grant", text=r"short-lived token|\biat\b|reasonable timeframe"),
        also=(Match(text=r"Token must be a short-lived token|Token used too (early|late)"),),
        fix_owner="you",
        source=_KEYS,
        cause="This machine's clock is wrong, and Google refuses what is signed with a wrong time.",
        fix="sudo timedatectl set-ntp true   (then compare: date -u, and https://time.is)",
        triggered_by=("Token",),
    ),
    Diagnosis(
        key="ACCOUNT_NOT_FOUND",
        reproduced_by=("ACCOUNT_NOT_FOUND", "token"),
        match=Match(reason="invalid_grant", text=r"account not found"),
        also=(Match(text=r"invalid.?grant: account not found"),),
        fix_owner="admin",
        source=_KEYS,
        cause="The service account of this key does not exist any more.",
        fix="gcloud iam service-accounts list --project={project_id}   (then use credentials of one that is there)",
        request=Request(
            ask="restore the service account {principal_email}, or name another one for me to use",
            resource="projects/{project_id}/serviceAccounts/{principal_email}",
            reason="the credentials I was given belong to an account that was deleted",
            command="gcloud iam service-accounts create NAME --project={project_id}   (undelete works for 30 days: gcloud beta iam service-accounts undelete UNIQUE_ID)",
        ),
        triggered_by=("Token",),
    ),
    Diagnosis(
        key="OAUTH_CLIENT_INVALID",
        match=Match(reason="invalid_client"),
        also=(
            Match(text=r"The OAuth client was (not found|deleted|disabled)|Error 401: (invalid_client|deleted_client)"),
        ),
        fix_owner="you",
        source="https://developers.google.com/identity/protocols/oauth2/web-server#exchange-errors-invalid-client",
        cause="Google does not know the OAuth client, or its secret is another: the id and the secret in the program do not belong together, or the client was deleted.",
        fix=f"copy client id and secret anew from https://console.cloud.google.com/auth/clients?project={{project_id}}, and log in again   (for Google Cloud, gcloud's own client does: {_LOGIN})",
        triggered_by=("Token",),
        not_reproduced="the sandbox has no error of that name; a fault with `status` and `message` sends any text.",
    ),
    Diagnosis(
        key="INVALID_GRANT",
        match=Match(reason="invalid_grant", priority=-91),  # it says least: any other row that fits says more
        also=(Match(text=r"\binvalid_grant\b.{0,40}(bad request|expired)", priority=-20),),
        fix_owner="you",
        source="https://developers.google.com/identity/protocols/oauth2",
        cause="Google does not accept these credentials any more: {message}",
        fix=_LOGIN,
        triggered_by=("Token",),
    ),
    Diagnosis(
        key="QUOTA_PROJECT_MISSING",
        reproduced_by=("QUOTA_PROJECT_MISSING", "project"),
        fix_owner="you",
        source="https://cloud.google.com/docs/authentication/adc-troubleshooting/user-creds",
        match=Match(reason="SERVICE_DISABLED", metadata=("consumer", _GCLOUDS_OWN), priority=50),
        also=(
            Match(reason="SERVICE_DISABLED", text=r"requires a quota project, which is not set", priority=50),
            Match(reason="SERVICE_DISABLED", text=r"authenticated using end user credentials", priority=50),
            Match(
                text=r"requires a quota project, which is not set|end user credentials from .{0,80}not supported by",
                priority=40,
            ),
            Match(
                text=r"has not been used in project (764086051850|618104708054|32555940559)\b",
                priority=40,
            ),
        ),
        cause="Your login names no project that calls are charged to, so Google charges its own, where {service} is off for you. Enabling it on your project does not help.",
        fix="gcloud auth application-default set-quota-project {project_id}",
        triggered_by=_CONTROL,
    ),
    Diagnosis(
        key="USER_PROJECT_DENIED",
        reproduced_by=("USER_PROJECT_DENIED", "project"),
        match=Match(reason="USER_PROJECT_DENIED"),
        also=(
            Match(
                text=r"does not have required permission to use project"
                r"|does not have the \"?serviceusage\.services\.use\"? permission"
            ),
        ),
        fix_owner="admin",
        source=_REASONS,
        cause="The caller may not charge calls to the project {consumer}, which your login (or x-goog-user-project) names for that, or there is no such project: Google gives both the same answer.",
        fix="{set_quota_project}   (or ask for roles/serviceusage.serviceUsageConsumer on {consumer})",
        request=Request(
            ask="grant {member} the role roles/serviceusage.serviceUsageConsumer",
            resource="projects/{consumer}",
            reason="calls are charged to this project, and the caller lacks serviceusage.services.use there",
            command=add_binding("projects/{consumer}", "{member}", "roles/serviceusage.serviceUsageConsumer"),
        ),
        triggered_by=_CONTROL,
        retryable=True,
    ),
    Diagnosis(
        key="CONTROL_APIS_DISABLED",
        fix_owner="you",
        source="https://cloud.google.com/service-usage/docs/enabled-service",
        cause="Calls with these credentials are charged to the project {consumer_project}, and there the APIs that look after projects are off.",
        fix="gcloud services enable cloudresourcemanager.googleapis.com serviceusage.googleapis.com cloudbilling.googleapis.com --project={consumer_project}   (or charge calls to another project: {set_quota_project})",
        triggered_by=("BatchGetServices", "credentials.consumer"),
    ),
    Diagnosis(
        key="NO_QUOTA_PROJECT",
        # A warning that is above many an error of another cause: it counts where there is nothing else.
        also=(Match(text=r"without a quota project|Cannot find a quota project to add to ADC", priority=-21),),
        fix_owner="you",
        source="https://cloud.google.com/docs/quotas/set-quota-project",
        cause="Your login names no project that calls are charged to; some APIs refuse that.",
        fix="gcloud auth application-default set-quota-project {project_id}",
        triggered_by=("credentials.consumer",),
    ),
    Diagnosis(
        key="UNIVERSE_MISMATCH",
        match=Match(reason="UniverseMismatchError"),
        also=(Match(text=r"universe domain mismatch|configured universe domain"),),
        fix_owner="you",
        source="https://github.com/googleapis/google-cloud-python/blob/main/packages/google-api-core/google/api_core/universe.py",
        cause="The credentials belong to another Google Cloud (universe) than the one that is called.",
        fix="unset GOOGLE_CLOUD_UNIVERSE_DOMAIN   (Terraform: remove `universe_domain` from the provider, or make it that of the credentials)",
        triggered_by=("LoadCredentials",),
    ),
    Diagnosis(
        key="OPENAI_KEY_MISSING",
        match=Match(
            text=r"Missing credentials\. Please pass an `?api_key`?|api_key client option must be set|OPENAI_API_KEY environment variable"
        ),
        fix_owner="you",
        source="https://github.com/openai/openai-python/blob/main/src/openai/_client.py",
        cause="The openai SDK has no key: OPENAI_API_KEY is empty. For Vertex AI the key is a Google access token.",
        fix='export OPENAI_API_KEY="$(gcloud auth print-access-token)"   (it holds for an hour)',
        triggered_by=("ChatCompletions",),
    ),
    Diagnosis(
        key="GCLOUD_NO_ACCOUNT",
        match=Match(
            text=r"do not currently have an active account selected|no active account|does not have any valid credentials"
        ),
        fix_owner="you",
        source="https://cloud.google.com/sdk/gcloud/reference/auth/login",
        cause="You are not logged in to gcloud. Its login is not the one that libraries use: that is application default.",
        fix=f"gcloud auth login   (and, for libraries and this tool: {_LOGIN})",
        triggered_by=("LoadCredentials",),
    ),
    Diagnosis(
        key="METADATA_SERVER",
        match=Match(
            text=r"metadata server.{0,60}(unavailable|timed out|unreachable)|Failed to retrieve http://metadata|Compute Engine Metadata server unavailable"
            r"|error fetching \S*metadata\.google\.internal|cannot find the metadata server|token JSON from metadata"
        ),
        fix_owner="you",
        source="https://cloud.google.com/compute/docs/metadata/overview",
        cause="The metadata server, which gives machines in Google Cloud their token, did not answer: this machine is outside Google Cloud, or only one of GCE_METADATA_HOST and GCE_METADATA_IP is set.",
        fix=f"{_LOGIN}   (where an emulated metadata server is meant: set both GCE_METADATA_HOST and GCE_METADATA_IP)",
        triggered_by=("LoadCredentials",),
    ),
    Diagnosis(
        key="GKE_NO_WORKLOAD_IDENTITY",
        match=Match(
            text=r"(metadata\S*|computeMetadata/v1/instance/service-accounts)\S*.{0,160}\b404\b|Could not refresh access token.{0,120}\b404\b|idbindtoken token, status: 404|Unable to (obtain|generate) access token.{0,80}(namespace|workload identity)|GCE metadata \"instance/service-accounts.{0,600}not defined|Unable to generate token; IAM returned",
            priority=5,
        ),
        fix_owner="admin",
        source="https://cloud.google.com/kubernetes-engine/docs/how-to/workload-identity",
        cause="The pod's metadata server knows no service account: Workload Identity is off for this node pool, or the Kubernetes service account is not connected.",
        fix="gcloud container clusters update CLUSTER --workload-pool={project_id}.svc.id.goog --location={location}   (the cluster's administrator; then the node pool, as the request below says)",
        request=Request(
            ask="turn on Workload Identity for the node pool, and connect the pod's service account with roles/iam.workloadIdentityUser",
            resource="the cluster of {project_id}",
            reason="a pod of {principal} gets no token: its metadata server answers 404",
            command="gcloud container node-pools update NODE_POOL --cluster=CLUSTER --workload-metadata=GKE_METADATA --project={project_id}",
        ),
        triggered_by=("LoadCredentials",),
    ),
    Diagnosis(
        key="GKE_ACCOUNT_NOT_BOUND",
        match=Match(
            text=r"Unable to generate access token; IAM returned 403|missing IAM policy binding on the target IAM service account",
            priority=30,
        ),
        fix_owner="admin",
        retryable=True,
        source="https://docs.cloud.google.com/kubernetes-engine/docs/how-to/workload-identity#kubernetes-sa-to-iam",
        cause="The Kubernetes service account names an IAM service account in its annotation, and that one does not let it in: roles/iam.workloadIdentityUser is missing there, or the annotated account does not exist.",
        fix=_BIND_POD + "   (an administrator of that service account; a new grant takes some minutes)",
        request=Request(
            ask="let the pods' Kubernetes service account act as the service account {email}",
            resource="serviceAccounts/{email}",
            reason="pods of the cluster get no token: roles/iam.workloadIdentityUser is missing",
            command=_BIND_POD,
        ),
        triggered_by=("LoadCredentials",),
        not_reproduced="clients in a pod word it so, after GKE's metadata server was refused.",
    ),
    Diagnosis(
        key="IMPERSONATED_ACCOUNT_UNKNOWN",
        match=Match(text=r"Gaia id not found", priority=6),
        fix_owner="you",
        retryable=True,
        source="https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateAccessToken",
        cause="There is no service account {principal_email} to act as: its address is misspelled, or it was made or deleted a moment ago.",
        fix="gcloud iam service-accounts list --project={project_id}   (then correct the address; on a new account, wait a minute)",
        triggered_by=("GenerateAccessToken",),
    ),
    Diagnosis(
        key="ACT_AS_DENIED",
        match=Match(
            reason="IAM_PERMISSION_DENIED", metadata=("permission", r"(?i)^iam\.serviceAccounts\.actAs$"), priority=5
        ),
        also=(
            Match(text=r"iam\.serviceAccounts\.actAs\b", priority=20),
            Match(
                text=r"(permission|access) to act as ('?\S+@\S*gserviceaccount|(the )?service[ _]?account)|does not have access to service account|(must|needs?) (be granted|have).{0,60}serviceAccountUser",
                priority=20,
            ),
        ),
        fix_owner="admin",
        retryable=True,
        source="https://docs.cloud.google.com/iam/docs/attach-service-accounts#attaching-to-resources",
        cause="{principal} may not run things as the service account {email} (iam.serviceAccounts.actAs), or was allowed to less than a few minutes ago.",
        fix="{grant}   (an administrator; a role for making tokens does not help)",
        request=granted("something is to run as this service account, and iam.serviceAccounts.actAs is missing"),
        permission="iam.serviceAccounts.actAs",
        triggered_by=("any",),
        not_reproduced="the sandbox names the permission by itself where the caller lacks it.",
    ),
    Diagnosis(
        key="IMPERSONATION_NOT_FOUND",
        match=Match(text=r"generateAccessToken: HTTP 404|:generate(AccessToken|IdToken)\b.{0,80}\b404\b", priority=25),
        also=(Match(service="iamcredentials.googleapis.com", status="NOT_FOUND", priority=12),),
        fix_owner="you",
        source="https://github.com/google-github-actions/auth/issues/471",
        cause="There is no service account {email} (a typing error, or it was deleted). The exchange of the pipeline's token before it has worked.",
        fix="gcloud iam service-accounts describe {email}   (then correct the workflow's service_account, or create the account)",
        triggered_by=("GenerateAccessToken",),
        not_reproduced="the sandbox answers so by itself for an account that it does not have.",
    ),
    Diagnosis(
        key="IMPERSONATION_DENIED",
        reproduced_by=("IMPERSONATION_DENIED", "impersonate"),
        match=Match(
            reason="IAM_PERMISSION_DENIED",
            metadata=(
                "permission",
                r"^iam\.serviceAccounts\.(getAccessToken|getOpenIdToken|signBlob|signJwt|implicitDelegation)$",
            ),
        ),
        also=(
            Match(
                text=r"iam\.serviceAccounts\.(getAccessToken|getOpenIdToken|signBlob|signJwt|implicitDelegation)\b",
                priority=15,
            ),
            Match(service="iamcredentials.googleapis.com", status="PERMISSION_DENIED", priority=10),
            Match(text=r"Failed to impersonate \[", priority=5),
            # what is around an error, which says more where it is there
            Match(
                text=r"Unable to acquire impersonated credentials|failed to generate Google Cloud access token",
                priority=-21,
            ),
        ),
        fix_owner="admin",
        retryable=True,
        source="https://docs.cloud.google.com/iam/docs/service-account-permissions",
        cause="{principal} may not act as the service account {email}: {permission} is missing, or was granted less than a few minutes ago.",
        fix="{grant}   (an administrator; from GitHub, GitLab or GKE it is roles/iam.workloadIdentityUser instead, for the member that the attribute mapping makes)",
        request=Request(
            ask="grant {member} the role {role} (from GitHub, GitLab or GKE: roles/iam.workloadIdentityUser)",
            resource="{grant_resource}",
            reason="the caller may not impersonate this service account",
            command="{grant}",
        ),
        permission="iam.serviceAccounts.getAccessToken",
        triggered_by=("GenerateAccessToken", "Token"),
    ),
)
