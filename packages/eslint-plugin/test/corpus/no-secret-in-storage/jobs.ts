// ---- a-file-of-the-program
import { secret } from '../../secret.ts'
import { appendFile } from 'node:fs/promises'
declare const file: string
await appendFile(file, secret.expose())

// ---- a-step-that-sets-an-output
import { secret } from '../../secret.ts'
import * as core from '@actions/core'
core.setOutput('key', secret.expose()) // expect: exposedSecret
core.exportVariable('KEY', secret.expose()) // expect: exposedSecret
core.setOutput('name', secret.label)

// ---- a-step-that-masks
import { secret } from '../../secret.ts'
import * as core from '@actions/core'
core.setSecret(secret.expose())

// ---- the-file-of-outputs
import { secret } from '../../secret.ts'
import { appendFileSync } from 'node:fs'
appendFileSync(process.env['GITHUB_OUTPUT'] ?? '', 'name=x\n')
appendFileSync(process.env['GITHUB_OUTPUT'] as string, `key=${secret.expose()}\n`) // expect: exposedSecret

// ---- the-summary-of-a-job
import { secret } from '../../secret.ts'
import { appendFile } from 'node:fs/promises'
await appendFile(process.env.GITHUB_STEP_SUMMARY!, secret.expose()) // expect: exposedSecret
