import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { AwsRotationEvent } from '@rekey/rekey/internal/engine'
import { openStack } from '@rekey/stack'
import { findForTest } from '@rekey/testbed'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { DEPLOY } from './image.ts'

const cfnLint = await findForTest('cfn-lint')
const moto = await findForTest('moto')
const KEY = 'API_KEY_FRONTEND_SIGNING'
/** The order in which the service calls (User Guide, "How rotation works"). */
const SERVICE_STEPS = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const

const TEMPLATE = join(DEPLOY, 'aws/template.json')
const { Resources } = JSON.parse(await readFile(TEMPLATE, 'utf8')) as {
  Resources: Record<string, { Properties: Record<string, unknown> }>
}

type Handler = (event: AwsRotationEvent) => Promise<void>

/** The event that the schedule of the template sends. */
function scheduled(): AwsRotationEvent {
  const targets = Resources['Finish']?.Properties['Targets'] as { Input: string }[] | undefined
  return JSON.parse(targets?.[0]?.Input ?? '') as AwsRotationEvent
}

describe.runIf(moto.found)('deploy/aws/handler.mjs', { timeout: 240_000 }, () => {
  it('is a rotation function for the secrets of a family file, and for no others', async () => {
    await using stack = await openStack({ store: 'aws', validationMs: 200 })
    const directory = await mkdtemp(join(tmpdir(), 'rekey-lambda-'))
    onTestFinished(() => rm(directory, { recursive: true }))
    const path = join(directory, 'deployment.json')
    await writeFile(path, JSON.stringify(stack.family))
    vi.stubEnv('REKEY_FAMILY', path)
    onTestFinished(() => void vi.unstubAllEnvs())
    const { handler } = (await import(join(DEPLOY, 'aws/handler.mjs'))) as { handler: Handler }

    const prefix = stack.family.store.locator.slice('aws:'.length)
    const { current } = await stack.store.read(KEY)
    const call = await stack.storage.servers.aws?.beginRotation(`${prefix}/${KEY}`)
    if (call === undefined) throw new Error('no AWS')
    for (const Step of SERVICE_STEPS) await handler({ ...call, Step })
    expect((await stack.store.read(KEY)).current.version).not.toBe(current.version)

    await handler(scheduled())
    expect((await stack.store.read(KEY)).previous).toBeUndefined()
    const foreign = await stack.storage.servers.aws?.beginRotation(
      `${prefix}/CA_PASSPHRASE_SIGNING`,
    )
    await expect(handler({ ...foreign, Step: 'createSecret' })).rejects.toThrow(
      'the family rotates no CA_PASSPHRASE_SIGNING',
    )
  })
})

it.runIf(cfnLint.found)(
  'deploy/aws/template.json is sound for cfn-lint',
  async () => {
    const lint = (file: string) => promisify(execFile)(cfnLint.path, [file])
    expect(await lint(TEMPLATE)).toMatchObject({ stdout: '' })
    const directory = await mkdtemp(join(tmpdir(), 'rekey-template-'))
    onTestFinished(() => rm(directory, { recursive: true }))
    const wrong = join(directory, 'template.json')
    await writeFile(wrong, (await readFile(TEMPLATE, 'utf8')).replace('"Timeout"', '"Timout"'))
    await expect(lint(wrong)).rejects.toMatchObject({
      stdout: expect.stringContaining("'Timout' was unexpected") as string,
    })
  },
  60_000,
)

it('deploy/aws/template.json gives the function the derived policy, and none of its own', () => {
  expect(Resources['Role']?.Properties).not.toHaveProperty('Policies')
  expect(Resources['Role']?.Properties['ManagedPolicyArns']).toContainEqual({
    Ref: 'RotatorPolicyArn',
  })
  expect(Resources['Permission']?.Properties).toMatchObject({
    Principal: 'secretsmanager.amazonaws.com',
    SourceAccount: { Ref: 'AWS::AccountId' },
  })
  expect(Resources['Function']?.Properties['Handler']).toBe('handler.handler')
})
