// Run by test_programs.py: Google's clients for Node with the sandbox's key file; prints what each of them got as JSON.
const {createRequire} = require('node:module');
const load = createRequire(process.argv[2] + '/');

async function main() {
  const found = {};
  const name = 'projects/sandbox-ready';
  const {GoogleAuth} = load('google-auth-library');
  const client = await new GoogleAuth({scopes: 'https://www.googleapis.com/auth/cloud-platform'}).getClient();
  const answer = await client.request({url: `https://cloudbilling.googleapis.com/v1/${name}/billingInfo`});
  found['google-auth-library'] = answer.data.billingEnabled;
  const [project] = await new (load('@google-cloud/resource-manager').ProjectsClient)().getProject({name});
  found['@google-cloud/resource-manager'] = project.projectId;
  const service = {name: `${name}/services/aiplatform.googleapis.com`};
  const [enabled] = await new (load('@google-cloud/service-usage').ServiceUsageClient)().getService(service);
  found['@google-cloud/service-usage'] = enabled.state;
  const {EndpointServiceClient} = load('@google-cloud/aiplatform');
  const vertex = new EndpointServiceClient({apiEndpoint: 'us-central1-aiplatform.googleapis.com'});
  const [endpoints] = await vertex.listEndpoints({parent: `${name}/locations/us-central1`});
  found['@google-cloud/aiplatform'] = endpoints.map(each => each.displayName);
  console.log(JSON.stringify(found));
}

main().then(() => process.exit(0), error => { console.error(error); process.exit(1); });
