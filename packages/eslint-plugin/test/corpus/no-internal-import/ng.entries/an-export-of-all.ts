export * from '@rekey/secret/internal'
