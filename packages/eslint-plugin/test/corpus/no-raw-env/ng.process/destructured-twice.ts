const {
  env: { JWT_SECRET: jwtSecret = '' },
} = process

export const secret = new TextEncoder().encode(jwtSecret)
