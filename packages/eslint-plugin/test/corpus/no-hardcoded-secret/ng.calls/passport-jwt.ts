import { Strategy } from 'passport-jwt'

export const strategy = new Strategy({ secretOrKey: 'nestjs', jwtFromRequest: () => null }, () => 1)
