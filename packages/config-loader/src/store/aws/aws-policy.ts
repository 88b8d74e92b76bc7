/** For whom {@link awsPolicyFor} writes a policy, and where the secrets are. */
export interface AwsPolicyOptions {
  /** Secrets are `PREFIX/NAME`. */
  readonly prefix: string
  /** `read` for a service; `rotate` for the rotator, which also writes. */
  readonly access: 'read' | 'rotate'
  /** Default `*`. */
  readonly region?: string
  /** The account's number. Default `*`. */
  readonly account?: string
  /** `aws`, `aws-cn`, `aws-us-gov`. Default `aws`. */
  readonly partition?: string
  /** The customer managed key that encrypts the secrets. Absent where it is the account's own `aws/secretsmanager`. */
  readonly kmsKeyArn?: string
}

/** A statement of an IAM policy. */
export interface AwsStatement {
  readonly Effect: 'Allow'
  readonly Action: readonly string[]
  readonly Resource: readonly string[]
}

/** An IAM policy document (IAM User Guide, "IAM JSON policy elements reference"). */
export interface AwsPolicy {
  readonly Version: '2012-10-17'
  readonly Statement: readonly AwsStatement[]
}

const ACTIONS = {
  read: ['DescribeSecret', 'GetSecretValue'],
  rotate: [
    'DescribeSecret',
    'GetSecretValue',
    'CreateSecret',
    'PutSecretValue',
    'UpdateSecretVersionStage',
  ],
} as const

const KEY_ACTIONS = {
  read: ['kms:Decrypt'],
  rotate: ['kms:Decrypt', 'kms:GenerateDataKey'],
} as const

/**
 * The least that IAM must allow for these secrets and no others. The six question marks are the characters that the service
 * adds to a name (Secrets Manager User Guide, "IAM policy examples").
 */
export function awsPolicyFor(names: readonly string[], options: AwsPolicyOptions): AwsPolicy {
  const { prefix, access, region = '*', account = '*', partition = 'aws', kmsKeyArn } = options
  const service = `arn:${partition}:secretsmanager:${region}:${account}:secret`
  const secrets: AwsStatement = {
    Effect: 'Allow',
    Action: ACTIONS[access].map((action) => `secretsmanager:${action}`),
    Resource: names.map((name) => `${service}:${prefix}/${name}-??????`),
  }
  const key: AwsStatement[] =
    kmsKeyArn === undefined
      ? []
      : [{ Effect: 'Allow', Action: KEY_ACTIONS[access], Resource: [kmsKeyArn] }]
  return { Version: '2012-10-17', Statement: [secrets, ...key] }
}

/** The same in words: `secretsmanager:DescribeSecret on arn:…`. */
export function awsRights(policy: AwsPolicy): string[] {
  return policy.Statement.flatMap(({ Action, Resource }) =>
    Resource.flatMap((resource) => Action.map((action) => `${action} on ${resource}`)),
  )
}
