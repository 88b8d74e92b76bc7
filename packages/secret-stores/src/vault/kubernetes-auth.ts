import { type AuthMethod, logInAt } from './auth-method.ts'
import { readCredential } from './read-credential.ts'

/** How a pod logs in. */
export interface KubernetesAuthOptions {
  /** Vault's role that is bound to the pod's service account. */
  readonly role: string
  /** Default: where Kubernetes mounts the token of the service account. */
  readonly jwtFile?: string
  /** Default: `kubernetes`. */
  readonly mount?: string
}

const JWT_FILE = '/var/run/secrets/kubernetes.io/serviceaccount/token'

/**
 * Logs in with the token of the pod's service account. The kubelet replaces that file within the hour, so it is read at each
 * login.
 */
export function kubernetesAuth(options: KubernetesAuthOptions): AuthMethod {
  const { role, jwtFile = JWT_FILE, mount = 'kubernetes' } = options
  const path = `auth/${mount}`
  return {
    path,
    ownsToken: true,
    async login(connection, context) {
      const jwt = await readCredential(jwtFile, 'KUBERNETES_JWT')
      return logInAt(path, { role, jwt: jwt.expose() }, connection, context)
    },
  }
}
