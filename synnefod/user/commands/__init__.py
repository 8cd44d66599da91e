"""The commands of `synnefo`; a module is imported when its command is used."""
