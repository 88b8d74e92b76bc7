export class PasswordReset {
  constructor(private readonly resetToken: string) {}

  redeem(token: string): boolean {
    return this.resetToken === token
  }
}
