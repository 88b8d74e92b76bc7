const password = 'password'
const token = Symbol('token')

export const isPasswordField = (type: string, key: unknown) => type === password || key === token
