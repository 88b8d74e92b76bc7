export const secret = process.getBuiltinModule('process').env.SESSION_SECRET
