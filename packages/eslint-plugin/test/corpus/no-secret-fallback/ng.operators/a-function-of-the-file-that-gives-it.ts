// @known
const developmentSecret = () => ['dev', 'secret'].join('-')

export const secret = process.env.AUTH_SECRET ?? developmentSecret()
