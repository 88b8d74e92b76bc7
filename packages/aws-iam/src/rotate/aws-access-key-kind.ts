import { parseSecureUrl, SecretError } from '@rekey/secret'
import { SECRET_NAME, SECRET_NAME_RULE } from '@rekey/secret/internal'
import type { RotationParts } from '@rekey/secret/internal/kind'
import { createFarSideRotation, type DeclaredSecret, defineKind } from '@rekey/secret/kind'
import { z } from 'zod/v4'
import { awsAccessKeyRunbook } from '../runbook.ts'
import { awsAccessKey, parseAccessKey } from '../spec/aws-access-key.ts'
import { createIamUser } from './iam-user.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
const SETTLE_MS = 15_000

const entry = z.object({
  user: z.string().min(1).max(64).describe('the user of IAM that the keys belong to'),
  region: z.string().min(1).describe('a region, such as eu-central-1'),
  administratorName: z
    .string()
    .regex(SECRET_NAME, SECRET_NAME_RULE)
    .optional()
    .describe(
      'the secret that has the access key of a user that may change keys; default: what the AWS SDK finds, such as a web identity',
    ),
  endpoint: z.url().optional().describe('default: that of AWS'),
  settleMs: z
    .int()
    .min(0)
    .default(SETTLE_MS)
    .describe('how long a new key is given to reach all of AWS'),
})

type Declared = DeclaredSecret<z.output<typeof entry>>

/** Access keys of AWS IAM, see README.md: `defineFamily(declaration, { kinds: [awsAccessKeyKind] })`. */
export const awsAccessKeyKind = defineKind({
  kind: 'aws-access-key',
  parties: ['service'],
  spec: { owner: awsAccessKey },
  storeName: (service = '') => awsAccessKey().nameFor(service),
  schedule: { rotateAfterMs: 30 * DAY_MS, maxAgeMs: 90 * DAY_MS, staggerMs: 15 * MINUTE_MS },
  runbook: awsAccessKeyRunbook,
  entry,
  needs: ({ entry: { administratorName } }: Declared) => ({
    reads: administratorName === undefined ? [] : [administratorName],
  }),
  rotationOf({ name, parties: [service = ''], entry }: Declared, parts: RotationParts) {
    const { user, region, endpoint, administratorName, settleMs } = entry
    const url = endpoint && parseSecureUrl(endpoint, 'the endpoint of IAM').href
    const administrator = async () => {
      if (administratorName === undefined) return undefined
      const [held, own] = [await parts.store.read(administratorName), await parts.store.read(name)]
      const key = parseAccessKey(held.current.value.expose())
      if (key.id !== parseAccessKey(own.current.value.expose()).id) return key
      throw new SecretError('refused', `${user} would change its own keys: name an administrator`)
    }
    const { nonProduction } = parts
    const place = { region, endpoint: url }
    const farSide = createIamUser({ user, place, administrator, nonProduction, settleMs })
    return createFarSideRotation({ ...parts, kind: 'aws-access-key', name, service, farSide })
  },
})
