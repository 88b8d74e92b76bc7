import { JwtService } from '@nestjs/jwt'
export class Tokens {
  constructor(private readonly jwt: JwtService) {}
  sign(user: string) {
    return this.jwt.sign({ user }, { secret: 'abc' })
  }
}
