const proc = typeof process !== 'undefined' ? process : { env: {} }

export const region = proc.env.AWS_REGION
export const secretKey = proc.env.AWS_SECRET_ACCESS_KEY
