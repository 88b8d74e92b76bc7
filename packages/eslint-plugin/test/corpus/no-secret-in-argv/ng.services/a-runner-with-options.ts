import { secret } from '../../secret.ts'
import { spawn, type SpawnOptions } from 'node:child_process'
export class Runner {
  constructor(private readonly options: SpawnOptions = {}) {}
  run(command: string, args: readonly string[]) {
    return spawn(command, [...args], { ...this.options, stdio: 'inherit' })
  }
  login() {
    return this.run('vault', ['login', '-no-print', secret.expose()])
  }
}
