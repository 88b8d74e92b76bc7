declare const hmacSecret: Buffer | undefined

export const used = hmacSecret ?? Buffer.from('0123456789abcdef')
