declare const options: { secretName: string; keyPath: string; tokenEndpoint: string }
console.info(`reading ${options.secretName} from ${options.keyPath}`, options.tokenEndpoint)
