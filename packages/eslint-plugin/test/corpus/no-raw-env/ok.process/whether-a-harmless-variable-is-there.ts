export const isCi = 'CI' in process.env || Reflect.has(process.env, 'CI')
