import { expect, it } from 'vitest'
import { awsPolicyFor } from './internal.ts'

it('lets a service read its secrets and nothing else', () => {
  const options = { prefix: 'vpn', access: 'read', region: 'eu-central-1', account: '123456789012' }
  expect(awsPolicyFor(['DATABASE_FRONTEND'], { ...options, access: 'read' })).toEqual({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'],
        Resource: [
          'arn:aws:secretsmanager:eu-central-1:123456789012:secret:vpn/DATABASE_FRONTEND-??????',
        ],
      },
    ],
  })
})

it('lets the rotator write too, and use the key', () => {
  const kmsKeyArn = 'arn:aws:kms:eu-central-1:123456789012:key/1'
  const { Statement } = awsPolicyFor(['A', 'B'], { prefix: 'vpn', access: 'rotate', kmsKeyArn })
  expect(Statement[0]?.Action).toContain('secretsmanager:UpdateSecretVersionStage')
  expect(Statement[0]?.Resource).toHaveLength(2)
  expect(Statement[1]).toEqual({
    ...{ Effect: 'Allow', Resource: [kmsKeyArn] },
    Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
  })
})
