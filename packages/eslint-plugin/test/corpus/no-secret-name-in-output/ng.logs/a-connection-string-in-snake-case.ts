declare const connection_string: string
console.log(`connecting to ${connection_string}`)
