export * from './internal/index.js'
