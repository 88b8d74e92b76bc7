// ---- a-command-of-execa.js
import { secret } from '../../secret.ts'
import { execaCommand } from 'execa'
await execaCommand(`vault login ${secret.expose()}`) // expect: exposedSecret

// ---- the-environment-of-a-template
import { secret } from '../../secret.ts'
import { $ } from 'execa'
await $({ env: { VAULT_TOKEN: secret.expose() } })`vault token renew`

// ---- a-pseudo-terminal
import { secret } from '../../secret.ts'
import * as pty from 'node-pty'
pty.spawn('ssh', ['-o', `SendEnv=${secret.expose()}`], {}) // expect: exposedSecret

// ---- a-template-of-execa-with-options
import { secret } from '../../secret.ts'
import { $ } from 'execa'
await $({ stdio: 'inherit' })`vault login ${secret.expose()}` // expect: exposedSecret

// ---- the-input-of-zx
import { secret } from '../../secret.ts'
import { $ } from 'zx'
await $({ input: secret.expose() })`vault login -`
await $`vault token lookup ${secret.label}`

// ---- a-template-of-execa
import { secret } from '../../secret.ts'
import { $ } from 'execa'
const { stdout } = await $`vault login ${secret.expose()}` // expect: exposedSecret
export const lines = stdout.split('\n')

// ---- bun-spawn
import { secret } from '../../secret.ts'
declare const Bun: any
Bun.spawn(['vault', 'login', secret.expose()]) // expect: exposedSecret

// ---- the-environment-in-bun
import { secret } from '../../secret.ts'
declare const Bun: any
Bun.spawn(['vault', 'login', '-'], { stdin: new Blob([secret.expose()]) })

// ---- cross-spawn
import { secret } from '../../secret.ts'
import spawn from 'cross-spawn'
spawn.sync('vault', ['login', secret.expose()], { stdio: 'inherit' }) // expect: exposedSecret

// ---- deno
import { secret } from '../../secret.ts'
declare const Deno: any
const command = new Deno.Command('vault', { args: ['login', secret.expose()] }) // expect: exposedSecret
await command.output()

// ---- execa
import { secret } from '../../secret.ts'
import { execa } from 'execa'
await execa('vault', ['login', secret.expose()]) // expect: exposedSecret

// ---- the-environment-in-execa
import { secret } from '../../secret.ts'
import { execa } from 'execa'
await execa('pg_dump', ['--host', 'localhost'], { env: { PGPASSWORD: secret.expose() } })
await execa('vault', { input: secret.expose() })

// ---- shelljs.js
import { secret } from '../../secret.ts'
import shell from 'shelljs'
shell.exec(`vault login ${secret.expose()}`, { silent: true }) // expect: exposedSecret

// ---- the-shell-of-bun
import { secret } from '../../secret.ts'
import { $ } from 'bun'
await $`vault login ${secret.expose()}`.quiet() // expect: exposedSecret

// ---- zx-without-an-import.js
import { secret } from '../../secret.ts'
import 'zx/globals'
await $`vault login ${secret.expose()}` // expect: exposedSecret

// ---- zx
import { secret } from '../../secret.ts'
import { $ } from 'zx'
await $`kubectl create secret generic key --from-literal=key=${secret.expose()}` // expect: exposedSecret

// ---- another-dollar.js
import { secret } from '../../secret.ts'
import $ from 'jquery'
$('#key').val(secret.expose())

// ---- a-redacted-type
import { secret } from '../../secret.ts'
import { execa } from 'execa'
type Fingerprint = string
declare function identify(key: string): Fingerprint
await execa('revoke', [identify(secret.expose())])

// ---- a-template-of-another-tag
import { secret } from '../../secret.ts'
import { html } from 'lit'
export const view = html`<input value=${secret.expose()} />`
