export * from '@rekey/secret/internals'
