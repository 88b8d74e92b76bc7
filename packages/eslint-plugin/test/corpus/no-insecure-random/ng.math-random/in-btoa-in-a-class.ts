export class Login {
  readonly nonce = btoa(String(Math.random()))
  readonly codeVerifier: string

  constructor() {
    this.codeVerifier = btoa(Math.random().toString())
  }
}
