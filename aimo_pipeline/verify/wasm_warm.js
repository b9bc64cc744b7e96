/* Lean with its imports loaded, in the process of wasm_launcher.js: serves one document after another.

   lean.js exports every function that Lean is compiled to. Lean's `main` is begun and left again out of its first
   write, so that everything is initialised as for a file and nothing is torn down. Then Lean.importModules, once,
   and for each document Lean.Elab.process, as Lean's own language server does with its header's environment:
   a value, which no document changes. Nothing of a document is kept.

   Or nothing is imported, and one file after another is compiled, each with imports of its own, by what `lean -o`
   does with one: Lean.Elab.runFrontend. */
'use strict';
const { Objects, box } = require('./wasm_objects.js');

// Of Lean.OLeanLevel: what the `lean` command of this build takes, and with which nothing in a text is private.
// One above LEAN_BELIEVER_TRUST_LEVEL, as that command has it.
const EXPORTED = 0, PRIVATE = 2, TRUST = 1025;
const MAIN_MODULE = 'Document';  // as for a process of its own, whose file is Document.lean
// Of a Lean.Import: not `all`, exported, not `meta`.
const PLAIN_IMPORT = [0, 1, 0];
const OPTION = 'D'.charCodeAt(0), SOME = 1;
// Option.none, and the ones of Lean.ConstantKind that the kernel has seen a value of: defn, thm, opaque.
const NONE = box(0), HAVE_A_VALUE = [box(0), box(1), box(3)];
const STDOUT = 1, AS_JSON = 1;
const PARKED = { parked: true };

// Each with its number of arguments: another build may have another calling convention.
const NEEDED = {
  malloc: 1, free: 1, lean_alloc_object: 1, lean_dec_ref_cold: 1, lean_mk_string_unchecked: 3, lean_array_mk: 1,
  lean_name_mk_string: 2, lean_io_error_to_string: 1, lean_shell_options_mk: 1, lean_shell_options_process: 3,
  l_Lean_importModules: 8, l_Lean_Environment_setMainModule: 2, l_Lean_Elab_process: 4,
  l_Lean_Elab_runFrontend: 12, fflush: 1,
  lean_name_mk_numeral: 2, lean_elab_environment_to_kernel_env: 1, lean_environment_find: 2,
  l_Lean_CollectAxioms_collect: 3, l_Lean_getOriginalConstKind_x3f: 2, l_Lean_MessageLog_toList: 1, l_Lean_Message_toJson: 1, l_Lean_Json_compress: 1,
};

function lacks(lean) {
  return Object.keys(NEEDED).filter((name) => typeof lean[name] !== 'function' || lean[name].length !== NEEDED[name]);
}

/** Run all initialisers by beginning `lean --print-prefix`. */
function begin(inside) {
  inside.stay();  // else the end of a thread is taken for the end of all, once main is left
  const { FS } = inside, write = FS.write, words = ['lean', '-j1', '--print-prefix'];
  const at = inside.stackAlloc(4 * (words.length + 1));
  words.forEach((word, i) => { inside.words()[(at >> 2) + i] = inside.stringToUTF8OnStack(word); });
  inside.words()[(at >> 2) + words.length] = 0;
  FS.write = () => { throw PARKED; };
  try {
    inside.symbol('main').sym(words.length, at);
  } catch (thrown) {
    if (thrown === PARKED) return;
    throw thrown;
  } finally {
    FS.write = write;
  }
  throw new Error('main ended without a word');
}

class WarmLean {
  /** options: ["name=value"]; modules: ["A.B"], none to compile; texts: what is elaborated after them and stays, with
      its code, which this build can't load. Throws an Error that says what this build lacks. */
  constructor(inside, options, modules, texts) {
    this.inside = inside;
    const missing = lacks(inside.exports());
    if (missing.length > 0) throw new Error(`this build lacks ${missing.join(', ')}`);
    begin(inside);
    const objects = this.objects = new Objects(inside), lean = objects.lean;
    let shell = lean.lean_shell_options_mk(box(0));
    for (const option of options) {
      const given = objects.constructorOf(SOME, [objects.string(option)]);
      shell = objects.result(lean.lean_shell_options_process(shell, OPTION, given));
    }
    this.options = objects.keep(objects.field(shell, 0));
    this.level = texts.length > 0 ? PRIVATE : EXPORTED;
    if (modules.length > 0) this.load(modules);
    for (const text of texts) this.elaborate(text);
  }

  load(modules) {
    const objects = this.objects, lean = objects.lean;
    const imports = objects.array(modules.map((one) => objects.constructorOf(0, [objects.name(one)], PLAIN_IMPORT)));
    const imported = objects.result(lean.l_Lean_importModules(
      imports, objects.keep(this.options), TRUST, objects.array([]), 1, 1, this.level, box(1)));
    this.environment = lean.l_Lean_Environment_setMainModule(imported, objects.name(MAIN_MODULE));
  }

  /** What Lean makes of a text without imports. */
  process(text) {
    const objects = this.objects;
    return objects.result(objects.lean.l_Lean_Elab_process(
      objects.string(text), objects.keep(this.environment), objects.keep(this.options), box(0)));
  }

  /** What Lean said: lines of its own JSON, as `lean --json` prints them. */
  said(done) {
    const objects = this.objects, lean = objects.lean;
    const messages = lean.l_Lean_MessageLog_toList(objects.field(done, 1));  // borrows
    const lines = objects.items(messages).map((message) => {
      const line = lean.l_Lean_Json_compress(lean.l_Lean_Message_toJson(objects.keep(message)));
      const said = objects.text(line);
      objects.drop(line);
      return said;
    });
    objects.drop(messages);
    return lines;
  }

  /** Have what a text declares in the environment of all that come after it. */
  elaborate(text) {
    const objects = this.objects, done = this.process(text);
    const error = this.said(done).find((line) => JSON.parse(line).severity === 'error');
    if (error !== undefined) throw new Error(`our library: ${error}`);
    const environment = objects.keep(objects.field(done, 0));
    objects.drop(done);
    objects.drop(this.environment);
    this.environment = environment;
  }

  /** What Lean says of a text without imports, line by line, and the axioms under each of these theorems. */
  check(text, theorems) {
    const objects = this.objects, done = this.process(text), lines = this.said(done);
    const environment = objects.field(done, 0);
    const axioms = Object.fromEntries(theorems.map((theorem) => [theorem, this.axioms(environment, theorem)]));
    objects.drop(done);
    return { output: lines.join('\n'), axioms };
  }

  /** Compile a file's text into `target` and the files beside it; main module is the file's name, as for `lean -o`.
      Gives Lean's messages and what its exit status would be. What was imported for it stays in memory. */
  compile(text, file, target) {
    const objects = this.objects, lean = objects.lean, { FS } = this.inside, write = FS.write, said = [];
    FS.write = (stream, buffer, offset, length, ...rest) => {
      if (stream.fd !== STDOUT) return write.call(FS, stream, buffer, offset, length, ...rest);
      said.push(Buffer.from(buffer.slice(offset, offset + length)));
      return length;
    };
    try {
      const environment = objects.result(lean.l_Lean_Elab_runFrontend(
        objects.string(text), objects.keep(this.options), objects.string(file), objects.name(file.split('.')[0]), TRUST,
        objects.constructorOf(SOME, [objects.string(target)]), NONE, AS_JSON, objects.array([]), objects.array([]), 0,
        NONE));
      lean.fflush(0);
      objects.drop(environment);
      return { output: Buffer.concat(said).toString('utf8'), status: environment === NONE ? 1 : 0 };
    } finally {
      FS.write = write;
    }
  }

  /** The axioms that the kernel's environment holds under a theorem, down to imported ones; null where it holds
      no such theorem. `#print axioms` says nothing in a module, for this reason: of what is imported only the
      statements are loaded, and to the kernel they are axioms, too. Lean remembers what they were. */
  axioms(environment, theorem) {
    const objects = this.objects, lean = objects.lean;
    const module = this.level === EXPORTED
      ? lean.lean_name_mk_numeral(objects.name(`_private.${MAIN_MODULE}`), box(0)) : box(0);
    const name = lean.lean_name_mk_string(module, objects.string(theorem));
    const kernel = lean.lean_elab_environment_to_kernel_env(objects.keep(environment));
    const there = lean.lean_environment_find(kernel, objects.keep(name));
    if (there === NONE) return null;
    objects.drop(there);
    const nothing = objects.constructorOf(0, [box(1), objects.array([])]);  // CollectAxioms.State
    const done = lean.l_Lean_CollectAxioms_collect(name, objects.keep(environment), nothing);
    const found = objects.elements(objects.field(objects.field(done, 1), 1));
    const names = found.filter((one) => this.isAxiom(environment, one)).map((one) => objects.dotted(one));
    objects.drop(done);
    return names;
  }

  /** Whether a name was not declared as something better. */
  isAxiom(environment, name) {
    const objects = this.objects;
    const kind = objects.lean.l_Lean_getOriginalConstKind_x3f(objects.keep(environment), objects.keep(name));
    const better = kind !== NONE && HAVE_A_VALUE.includes(objects.field(kind, 0));
    objects.drop(kind);
    return !better;
  }
}

module.exports = { WarmLean };
