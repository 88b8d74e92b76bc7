import { trustEntry } from '@rekey/secret/trust'
import { z } from 'zod'

const PLACEHOLDER = /\{[^{}]*\}/g

/** A digit is valid where a host or a port is. */
const address = z
  .string()
  .refine(
    (text) => URL.canParse(text.replaceAll(PLACEHOLDER, '1')),
    'write an address such as https://{host}:8443',
  )

const addresses = {
  url: address.describe('where callers reach each of them: https://{host}:8443'),
  healthUrl: address.optional().describe('their internal listener; default: http://{host}:{port}'),
}

const objectName = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'write the name of an object in Kubernetes')

const ENTRY_RULE =
  'write a replica with service, url and healthUrl, or a place where replicas are found with url, and file, or dns or kubernetes with service, board with service and role, or restart with service'

const fileEntry = z.strictObject({
  file: z.string().min(1).describe('target groups in JSON, as for file_sd_configs'),
  ...addresses,
})

const dnsEntry = z.strictObject({
  dns: z.string().min(1).describe('the full name whose records are looked up'),
  type: z.enum(['A', 'AAAA', 'SRV']).default('SRV'),
  port: z.int().min(1).max(65_535).optional().describe('{port} for A and AAAA'),
  servers: z
    .array(z.string().min(1))
    .min(1)
    .readonly()
    .optional()
    .describe('name servers, ADDRESS or ADDRESS:PORT; default: those of the machine'),
  ...addresses,
})

const kubernetesEntry = z.strictObject({
  kubernetes: z.strictObject({
    namespace: objectName,
    name: objectName.optional().describe('the name of the Service; default: `service`'),
  }),
  ...addresses,
})

const boardEntry = z.strictObject({
  board: z
    .string()
    .min(1)
    .describe('a key of servers: replicas that cannot be reached post their reports there'),
  role: z.string().min(1).max(63).describe('the role there whose members may report for it'),
  url: z.url().describe('where callers reach the service'),
})

const kubernetesRestart = z.strictObject({
  kubernetes: z.strictObject({
    namespace: objectName,
    kind: z.enum(['Deployment', 'StatefulSet', 'DaemonSet']).default('Deployment'),
    name: objectName.optional().describe('default: `service`'),
  }),
})

const systemdRestart = z.strictObject({
  systemd: z.strictObject({
    unit: z.string().regex(/^[\w:.@-]+\.service$/, 'write the name of a unit: shop.service'),
    directory: z
      .string()
      .startsWith('/')
      .describe('a directory of the rotator alone, in which it keeps what it has restarted'),
    user: z
      .boolean()
      .optional()
      .describe("whether the manager is that of the rotator's own user; default: the machine's"),
  }),
})

const ecsName = z.string().regex(/^[\w-]{1,255}$/, 'write the name, not the ARN')

const ecsRestart = z.strictObject({
  ecs: z.strictObject({
    cluster: ecsName,
    service: ecsName.optional().describe('the name of the ECS service; default: `service`'),
    region: z.string().min(1).optional().describe('default: `AWS_REGION`'),
  }),
})

const restartEntry = z.strictObject({
  restart: z
    .union(
      [kubernetesRestart, ecsRestart, systemdRestart],
      'write kubernetes with namespace, ecs with cluster, or systemd',
    )
    .describe('what is restarted, since its processes read their secrets at their start alone'),
})

/** Returns the schema of an entry of `fleet`: a replica, or a source of replicas. */
export function fleetEntry<Service extends z.ZodType<string>>(service: Service) {
  return z.union(
    [
      z.strictObject({ service, url: z.url(), healthUrl: z.url() }),
      fileEntry.extend({
        service: service.optional().describe('default: the label `service` of each group'),
      }),
      dnsEntry.extend({ service }),
      kubernetesEntry.extend({ service }),
      boardEntry.extend({ service }),
      restartEntry.extend({ service }),
    ],
    ENTRY_RULE,
  )
}

const PATH = z.string().min(1)

/** Returns the schema of `reports`: how the rotator reads the reports of replicas whose health is at an https address. */
export function reportsEntry<Service extends z.ZodType<string>>(service: Service) {
  return z.strictObject({
    identity: z
      .union(
        [
          z.strictObject({
            certificate: PATH.describe(
              'PEM of the certificates, leaf first; read again when it is replaced',
            ),
            key: PATH.describe('PEM of the private key, in PKCS#8'),
          }),
          z.strictObject({ service: service.describe('whose declared `tls` secret it is') }),
        ],
        'write certificate and key, two files of PEM, or service, which has a tls secret',
      )
      .optional()
      .describe('the client certificate of the rotator; default: none'),
    services: z
      .record(
        z.string(),
        z.strictObject({
          trust: trustEntry,
          name: z
            .string()
            .min(1)
            .optional()
            .describe(
              'the name in the certificate of each replica; default: the host that is called',
            ),
        }),
      )
      .optional()
      .describe(
        'by service: whom the rotator trusts; default: as the `tls` secret of the service declares',
      ),
  })
}
