import randomString from 'random-string'

export const secret = randomString({ length: 40 })
