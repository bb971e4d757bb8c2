// What Node's clients do with a sandbox, redirected by their own options. Prints one JSON object.
// Key files are not among it: google-auth-library asks a host that it fixes in its code, whatever the file says.
import { createRequire } from 'node:module'

const require = createRequire(`${process.env.NODE_CLIENTS}/package.json`)
const { ProjectsClient } = require('@google-cloud/resource-manager')
const { ServiceUsageClient } = require('@google-cloud/service-usage')
const { OAuth2Client } = require('google-auth-library')
const grpc = require('@grpc/grpc-js')

const project = process.env.GOOGLE_CLOUD_PROJECT
const token = process.env.GOOGLE_OAUTH_ACCESS_TOKEN
const rest = new URL(process.env.REST_URL)
const [host, port] = process.env.GRPC_TARGET.split(':')

const authClient = new OAuth2Client()
authClient.setCredentials({ access_token: token })
const overRest = { apiEndpoint: rest.hostname, port: Number(rest.port), protocol: 'http', fallback: true, authClient, projectId: project }
const overGrpc = { apiEndpoint: host, port: Number(port), sslCreds: grpc.credentials.createInsecure(), projectId: project }
const bearer = { otherArgs: { headers: { authorization: `Bearer ${token}` } } }
const name = `projects/${project}`

async function refused (client, options) {
  try {
    await client.getProject({ name: 'projects/no-one-has-this' }, options)
  } catch (error) {
    return `${error.code}`
  }
  return ''
}

const found = { node: process.version }
const restProjects = new ProjectsClient(overRest)
found.rest = (await restProjects.getProject({ name }))[0].projectId
found.restRefused = await refused(restProjects)
const [created] = await restProjects.createProject({ project: { projectId: 'made-by-node', parent: process.env.ORGANIZATION } })
found.restCreated = (await created.promise())[0].projectId

const grpcProjects = new ProjectsClient(overGrpc)
found.grpc = (await grpcProjects.getProject({ name }, bearer))[0].projectId
found.grpcRefused = await refused(grpcProjects, bearer)
const service = `${name}/services/aiplatform.googleapis.com`
found.service = `${(await new ServiceUsageClient(overRest).getService({ name: service }))[0].state}`

console.log(JSON.stringify(found))
process.exit(0)
