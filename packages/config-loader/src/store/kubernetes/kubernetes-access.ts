import { KubeConfig, type User } from '@kubernetes/client-node'
import { parseSecureUrl, Secret, SecretError } from '@rekey/secret'
import { errnoOf, fileError, readRegularFile } from '@rekey/secret/internal/files'

/** How the API server is reached: by a kubeconfig, or as a pod does it. */
export type KubernetesAccess =
  | { readonly kubeconfig: string }
  | {
      /** `https://10.0.0.1:443` */
      readonly server: string
      /** A file with the certificates (PEM) that the server's own is signed by. */
      readonly caFile: string
      /** A file with a bearer token, read anew for each request: the kubelet replaces it while the pod runs. */
      readonly tokenFile: string
    }

/** Credentials as they are now. */
export type Connect = () => Promise<KubeConfig>

/** Where the kubelet mounts a pod's own identity (Kubernetes documentation, "Accessing the Kubernetes API from a Pod"). */
const IN_CLUSTER = '/var/run/secrets/kubernetes.io/serviceaccount'

/**
 * Finds the access by the variables: the file that `KUBECONFIG` names, else the pod's own service account. `~/.kube/config`
 * is not used unasked: it would let a test write to whatever cluster was looked at last.
 *
 * @throws {SecretError} `missing` if they are not set, `malformed` for several kubeconfigs
 */
export function findKubernetesAccess(
  env: Readonly<Record<string, string | undefined>>,
): KubernetesAccess {
  const kubeconfig = env['KUBECONFIG']
  const [host, port] = [env['KUBERNETES_SERVICE_HOST'], env['KUBERNETES_SERVICE_PORT']]
  if (kubeconfig?.includes(':')) {
    throw new SecretError('malformed', 'KUBECONFIG names several files: name one')
  }
  if (kubeconfig) return { kubeconfig }
  if (host && port) {
    const server = `https://${host.includes(':') ? `[${host}]` : host}:${port}`
    return { server, caFile: `${IN_CLUSTER}/ca.crt`, tokenFile: `${IN_CLUSTER}/token` }
  }
  throw new SecretError(
    'missing',
    'there is no way to a Kubernetes API server: set KUBECONFIG, or run in a pod that mounts its service account',
  )
}

/**
 * Makes the function that gives current credentials. A token file is read at each call; a kubeconfig whenever it has changed,
 * so that a login plugin it names is not run for each request.
 *
 * @throws {SecretError} from the function: `unreachable` without the files, `forbidden`, `malformed` for
 *   no kubeconfig, or `refused` for an address without TLS, also at once
 */
export function createConnect(access: KubernetesAccess): Connect {
  if (!('kubeconfig' in access)) {
    checkServer(access.server)
    return () => connectAsPod(access)
  }
  let last: { readonly text: string; readonly config: KubeConfig } | undefined
  return async () => {
    const text = await readText(access.kubeconfig)
    if (last?.text !== text) last = { text, config: parseKubeconfig(access.kubeconfig) }
    return last.config
  }
}

/** The client takes no http without `insecure-skip-tls-verify`, so loopback is no exception here. */
function checkServer(server: string): void {
  if (parseSecureUrl(server, 'the server of the cluster').protocol === 'https:') return
  throw new SecretError(
    'refused',
    'the address of the Kubernetes API server is not https, so any host on the way could read along: correct it',
  )
}

async function connectAsPod({
  server,
  caFile,
  tokenFile,
}: Exclude<KubernetesAccess, { kubeconfig: string }>): Promise<KubeConfig> {
  const [text] = await Promise.all([readText(tokenFile), readText(caFile)])
  const token = Secret.of(text.trim(), 'KUBERNETES_TOKEN')
  const config = new KubeConfig()
  const name = 'pod'
  config.loadFromClusterAndUser(
    { name, server, caFile, skipTLSVerify: false },
    { name, token: token.expose() },
  )
  return config
}

function parseKubeconfig(path: string): KubeConfig {
  const config = new KubeConfig()
  try {
    config.loadFromFile(path)
  } catch (error) {
    if (errnoOf(error) !== undefined) throw fileError(error, path)
    throw malformed(path)
  }
  const cluster = config.getCurrentCluster()
  if (cluster === null) throw malformed(path)
  checkServer(cluster.server)
  announceUser(config.getCurrentUser())
  if (!cluster.skipTLSVerify) return config
  const { name, server } = cluster
  const message = `the cluster ${name} at ${new URL(server).host} has insecure-skip-tls-verify, so any server could read the secrets: name its certificate-authority in ${path} instead`
  throw new SecretError('refused', message, { path, reason: 'skips-tls-verify' })
}

/** The client keeps the credentials of a user as texts: redactors learn them here. */
function announceUser(user: User | null): void {
  const { token, password, keyData } = user ?? {}
  const key = keyData && Buffer.from(keyData, 'base64').toString()
  for (const text of [token, password, key]) if (text) Secret.of(text, 'KUBERNETES_USER')
}

function malformed(path: string): SecretError {
  const message = `${path} is no kubeconfig with a current context: correct it`
  return new SecretError('malformed', message, { path })
}

/** Without credentials nothing is known of the secret: that is not the same as its being missing. */
async function readText(path: string): Promise<string> {
  try {
    return await readRegularFile(path)
  } catch (error) {
    const problem = fileError(error, path)
    if (!(problem instanceof SecretError) || problem.code !== 'missing') throw problem
    throw new SecretError('unreachable', problem.message, { path, reason: 'no-credentials' })
  }
}
