const env = Reflect.get(process, 'env') as Record<string, string>

export const key = env.MASTER_KEY
