const { JWT_SECRET, REFRESH_TOKEN_SECRET } = process.env

if (JWT_SECRET === REFRESH_TOKEN_SECRET) throw new Error('the two secrets must differ')
