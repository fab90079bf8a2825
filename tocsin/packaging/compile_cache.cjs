// Loaded into the engine before its own code: keeps what V8 has compiled of its 850 modules for the next
// run, which takes two fifths of the CPU of packaging a stage. It does for Node 20 what later ones do
// themselves, with the same variable for the folder: https://nodejs.org/api/module.html#module-compile-cache
'use strict';

const { createHash } = require('node:crypto');
const fs = require('node:fs');
const Module = require('node:module');
const path = require('node:path');
const vm = require('node:vm');

const folder = process.env.NODE_COMPILE_CACHE;
const isLeftToUs = Number.parseInt(process.versions.node, 10) < 22;

// A module that does so would have to be told how: Node says that this may change at any time.
const imports = /\bimport\s*\(/;

const digest = (content) => createHash('sha256').update(content).digest('base64');

// The file: the length of its index, the index as JSON, and one after the other what was compiled. A module
// is known by its path, its text and what was made of it: two that write at once may mix their bytes, and
// V8 itself looks no further than at the length of the text.
function read(file) {
  const kept = new Map();
  try {
    const content = fs.readFileSync(file);
    const begin = 4 + content.readUInt32LE(0);
    const index = JSON.parse(content.toString('utf8', 4, begin));
    for (const { name, text, code, at, length } of index) {
      kept.set(name, { text, code, data: content.subarray(begin + at, begin + at + length) });
    }
  } catch {
    // There is none, or it is not whole: it is made anew.
  }
  return kept;
}

function write(file, kept) {
  const index = [];
  const parts = [];
  let at = 0;
  for (const [name, { text, code, data }] of kept) {
    index.push({ name, text, code, at, length: data.length });
    parts.push(data);
    at += data.length;
  }
  const head = Buffer.from(JSON.stringify(index));
  const size = Buffer.alloc(4);
  size.writeUInt32LE(head.length);
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(`${file}.part`, Buffer.concat([size, head, ...parts]));
    fs.renameSync(`${file}.part`, file);
  } catch {
    // A folder that may only be read: every run compiles for itself, as without this.
  }
}

// As Node gives it to a module.
function requireOf(module) {
  const require = (request) => module.require(request);
  require.resolve = (request, options) => Module._resolveFilename(request, module, false, options);
  require.resolve.paths = (request) => Module._resolveLookupPaths(request, module);
  require.main = process.mainModule;
  require.extensions = Module._extensions;
  require.cache = Module._cache;
  return require;
}

function keepIn(file) {
  const kept = read(file);
  const scripts = new Map();
  const compile = Module.prototype._compile;

  Module.prototype._compile = function (content, filename, format, ...rest) {
    const isOthers = (format && format !== 'commonjs') || imports.test(content);
    if (isOthers) return compile.call(this, content, filename, format, ...rest);
    const text = digest(content);
    let known = kept.get(filename);
    if (known?.text !== text || known.code !== digest(known.data)) known = undefined;
    let script;
    try {
      const source = Module.wrap(content.replace(/^#!.*/, ''));
      script = new vm.Script(source, { filename, cachedData: known?.data });
    } catch {
      // One that is wrong, or an ES module, Node sees as such.
      return compile.call(this, content, filename, format, ...rest);
    }
    if (!known || script.cachedDataRejected) scripts.set(filename, { text, script });
    const given = [this.exports, requireOf(this), this, filename, path.dirname(filename)];
    return Reflect.apply(script.runInThisContext(), this.exports, given);
  };

  // By then V8 has also compiled the functions that were called.
  process.once('exit', () => {
    if (!scripts.size) return;
    for (const [name, { text, script }] of scripts) {
      const data = script.createCachedData();
      kept.set(name, { text, code: digest(data), data });
    }
    write(file, kept);
  });
}

if (folder && isLeftToUs) keepIn(path.join(folder, `${process.version}-${process.arch}`));
