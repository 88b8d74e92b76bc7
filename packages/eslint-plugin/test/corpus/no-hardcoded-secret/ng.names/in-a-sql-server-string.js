module.exports.connection = 'Server=db,1433;Database=shop;User Id=sa;Password=Str0ng!Passw0rd;'
