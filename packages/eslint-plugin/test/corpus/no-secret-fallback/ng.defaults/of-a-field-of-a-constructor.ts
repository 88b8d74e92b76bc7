export class TokenService {
  constructor(private readonly signingSecret: string = 'dev-signing-secret') {}

  sign(text: string) {
    return `${text}.${this.signingSecret.length}`
  }
}
