import { secret } from '../../secret.ts'
import { spawn } from 'node:child_process'
export class Runner {
  run(command: string, args: readonly string[], env: NodeJS.ProcessEnv) {
    return spawn(command, [...args], { env, stdio: 'inherit' })
  }
  login() {
    return this.run('vault', ['token', 'lookup'], { VAULT_TOKEN: secret.expose() })
  }
}
