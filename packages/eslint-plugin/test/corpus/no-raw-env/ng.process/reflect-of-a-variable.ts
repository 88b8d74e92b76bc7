export const key = Reflect.get(process.env, 'MASTER_KEY') as string
