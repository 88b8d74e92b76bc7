const password = 'x'
console.log(password)
