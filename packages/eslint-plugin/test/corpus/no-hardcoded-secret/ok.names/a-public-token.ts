export const publicKey = 'RANDOM_BASE64_32'
export const publicToken = 'pk.RANDOM_BASE64URL_60'
