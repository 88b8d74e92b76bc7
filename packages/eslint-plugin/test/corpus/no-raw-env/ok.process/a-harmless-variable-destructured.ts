const { NODE_ENV = 'development', TZ } = process.env

export { NODE_ENV, TZ }
