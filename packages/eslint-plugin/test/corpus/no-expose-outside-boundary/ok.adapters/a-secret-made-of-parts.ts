import { Secret } from '../../secret.ts'
export class Pair {
  readonly both: Secret
  constructor(user: string, password: Secret) {
    this.both = Secret.of(`${user}:${password.expose()}`, 'PAIR')
  }
}
