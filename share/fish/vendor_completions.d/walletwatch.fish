# fish completion for walletwatch
function __walletwatch_place
    set -l place ''
    set -l skip 0
    set -l words (commandline -opc)
    for word in $words[2..-1]
        if test $skip = 1
            set skip 0
            continue
        end
        if contains -- $word --at --cause --config --data-dir --duration --format --keep --lang --note --output --port --since --until --wallet --week -o
            set skip 1
            continue
        end
        set -l next (string trim -- "$place $word")
        if contains -- $next 'run' 'check' 'status' 'disconnects' 'explain' 'rediagnose' 'report' 'demo' 'web' 'snooze' 'doctor' 'share' 'replay' 'export' 'completion' 'event' 'config' 'db' 'fix' 'notify' 'service' 'event add' 'event import' 'event confirm' 'config init' 'config check' 'config show' 'db info' 'db backup' 'db restore' 'db prune' 'fix done' 'fix list' 'notify test' 'service install' 'service uninstall' 'service status'
            set place $next
        end
    end
    echo $place
end
function __walletwatch_at
    test (__walletwatch_place) = "$argv"
end
function __walletwatch_values
    set -l own
    set -l keep 0
    set -l words (commandline -opc)
    for word in $words[2..-1]
        if test $keep = 1
            set -a own $word
            set keep 0
        else if contains -- $word --config --data-dir --lang
            set -a own $word
            set keep 1
        end
    end
    $words[1] $own completion --values $argv 2>/dev/null
end
complete -c walletwatch -f
complete -c walletwatch -n '__walletwatch_at ""' -a run -d 'Watch, in the foreground, until Ctrl-C.'
complete -c walletwatch -n '__walletwatch_at ""' -a check -d 'Ask every target once and print what came back.'
complete -c walletwatch -n '__walletwatch_at ""' -a status -d 'What the running, or the last, daemon sees.'
complete -c walletwatch -n '__walletwatch_at ""' -a disconnects -d 'List the disconnects.'
complete -c walletwatch -n '__walletwatch_at ""' -a explain -d 'One disconnect: why, the evidence, what to do.'
complete -c walletwatch -n '__walletwatch_at ""' -a rediagnose -d 'Judge stored disconnects anew; tell which verdicts change.'
complete -c walletwatch -n '__walletwatch_at ""' -a report -d 'The weekly report.'
complete -c walletwatch -n '__walletwatch_at ""' -a demo -d 'A synthetic month and its report, to look around in.'
complete -c walletwatch -n '__walletwatch_at ""' -a web -d 'The live page in the browser, on this machine only.'
complete -c walletwatch -n '__walletwatch_at ""' -a snooze -d 'No notices for a while: 2h, 30m, until 08:00, off.'
complete -c walletwatch -n '__walletwatch_at ""' -a doctor -d 'Can it work here, what to mend, and what leaves the machine. Exit 1 at grade F: something essential cannot work.'
complete -c walletwatch -n '__walletwatch_at ""' -a share -d 'A bundle without names, for a bug report or the bank\'s support.'
complete -c walletwatch -n '__walletwatch_at ""' -a replay -d 'Run over a recorded trace, into an empty data directory.'
complete -c walletwatch -n '__walletwatch_at ""' -a export -d 'Write what is stored as a trace.'
complete -c walletwatch -n '__walletwatch_at ""' -a completion -d 'Print the script that completes these commands in a shell.'
complete -c walletwatch -n '__walletwatch_at ""' -a event -d 'Tell what you saw, or know.'
complete -c walletwatch -n '__walletwatch_at ""' -a config -d 'Write, check or show the configuration.'
complete -c walletwatch -n '__walletwatch_at ""' -a db -d 'Care for the database.'
complete -c walletwatch -n '__walletwatch_at ""' -a fix -d 'Tell what you did about it; reports compare before and after.'
complete -c walletwatch -n '__walletwatch_at ""' -a notify -d 'Desktop notices.'
complete -c walletwatch -n '__walletwatch_at ""' -a service -d 'Watch in the background, as a service.'
complete -c walletwatch -l config -r -F -d 'The configuration; none is needed.'
complete -c walletwatch -l data-dir -r -a '(__fish_complete_directories)' -d 'Where the data is kept.'
complete -c walletwatch -l lang -r -a 'zh en' -d 'The language; else the system\'s.'
complete -c walletwatch -s v -l verbose -d 'Log more.'
complete -c walletwatch -s q -l quiet -d 'Log only warnings.'
complete -c walletwatch -l version -d 'Print the version.'
complete -c walletwatch -n '__walletwatch_at "run"' -l duration -r -a '' -d 'End after so many seconds.'
complete -c walletwatch -n '__walletwatch_at "check"' -l json -d 'Print JSON, with English codes.'
complete -c walletwatch -n '__walletwatch_at "status"' -l json -d 'Print JSON, with English codes.'
complete -c walletwatch -n '__walletwatch_at "disconnects"' -l since -r -a '1d 7d 30d' -d 'Not before: 7d, 12h, 30m, or a time.'
complete -c walletwatch -n '__walletwatch_at "disconnects"' -l until -r -a '' -d 'Not after: a time, or 7d and so on.'
complete -c walletwatch -n '__walletwatch_at "disconnects"' -l wallet -r -a '(__walletwatch_values wallets)' -d 'Only this wallet (or control).'
complete -c walletwatch -n '__walletwatch_at "disconnects"' -l json -d 'Print JSON, with English codes.'
complete -c walletwatch -n '__walletwatch_at "explain"' -a '(__walletwatch_values ids)'
complete -c walletwatch -n '__walletwatch_at "explain"' -l json -d 'Print JSON, with English codes.'
complete -c walletwatch -n '__walletwatch_at "rediagnose"' -l since -r -a '1d 7d 30d' -d 'Not before: 7d, 12h, 30m, or a time.'
complete -c walletwatch -n '__walletwatch_at "rediagnose"' -l wallet -r -a '(__walletwatch_values wallets)' -d 'Only this wallet (or control).'
complete -c walletwatch -n '__walletwatch_at "rediagnose"' -l apply -d 'Store the new verdicts; else they are only shown.'
complete -c walletwatch -n '__walletwatch_at "rediagnose"' -l json -d 'Print JSON, with English codes.'
complete -c walletwatch -n '__walletwatch_at "report"' -l week -r -a '(__walletwatch_values weeks)' -d 'A week, or: this, last.'
complete -c walletwatch -n '__walletwatch_at "report"' -l format -r -a '(__walletwatch_values formats)' -d 'The format; else by the file\'s ending.'
complete -c walletwatch -n '__walletwatch_at "report"' -s o -l output -r -F -d 'Write to this file.'
complete -c walletwatch -n '__walletwatch_at "report"' -l force -d 'Replace the file even if something else wrote it.'
complete -c walletwatch -n '__walletwatch_at "report"' -l open -d 'Write the page and show it in the browser.'
complete -c walletwatch -n '__walletwatch_at "demo"' -l no-open -d 'Do not show the page in the browser.'
complete -c walletwatch -n '__walletwatch_at "demo"' -l keep -r -a '(__fish_complete_directories)' -d 'Keep it in this empty folder.'
complete -c walletwatch -n '__walletwatch_at "demo"' -l json -d 'Print JSON, with English codes.'
complete -c walletwatch -n '__walletwatch_at "web"' -l port -r -a '' -d 'The port; 0 takes any.'
complete -c walletwatch -n '__walletwatch_at "web"' -l open -d 'Open it in the browser.'
complete -c walletwatch -n '__walletwatch_at "snooze"' -a '30m 2h until off'
complete -c walletwatch -n '__walletwatch_at "snooze"' -l json -d 'Print JSON, with English codes.'
complete -c walletwatch -n '__walletwatch_at "doctor"' -l json -d 'Print JSON, with English codes.'
complete -c walletwatch -n '__walletwatch_at "share"' -a '(__walletwatch_values ids)'
complete -c walletwatch -n '__walletwatch_at "share"' -l week -r -a '(__walletwatch_values weeks)' -d 'A whole week instead: or this, last.'
complete -c walletwatch -n '__walletwatch_at "share"' -s o -l output -r -F -d 'Write to this file.'
complete -c walletwatch -n '__walletwatch_at "share"' -l yes -d 'Write it without asking.'
complete -c walletwatch -n '__walletwatch_at "replay"' -F
complete -c walletwatch -n '__walletwatch_at "export"' -l since -r -a '1d 7d 30d' -d 'Not before: 7d, 12h, 30m, or a time.'
complete -c walletwatch -n '__walletwatch_at "export"' -s o -l output -r -F -d 'Write to this file.'
complete -c walletwatch -n '__walletwatch_at "export"' -l force -d 'Replace the file even if something else wrote it.'
complete -c walletwatch -n '__walletwatch_at "completion"' -a 'bash zsh fish'
complete -c walletwatch -n '__walletwatch_at "event"' -a add -d 'Store a disconnect that you saw.'
complete -c walletwatch -n '__walletwatch_at "event"' -a import -d 'Store the disconnects of a CSV or JSONL file.'
complete -c walletwatch -n '__walletwatch_at "event"' -a confirm -d 'Say what the cause was, or was not.'
complete -c walletwatch -n '__walletwatch_at "event add"' -l wallet -r -a '(__walletwatch_values wallets)' -d 'Which wallet.'
complete -c walletwatch -n '__walletwatch_at "event add"' -l at -r -a '' -d 'When it was lost.'
complete -c walletwatch -n '__walletwatch_at "event add"' -l until -r -a '' -d 'When it was back, if you know.'
complete -c walletwatch -n '__walletwatch_at "event add"' -l note -r -a '' -d 'Whatever you want to remember.'
complete -c walletwatch -n '__walletwatch_at "event import"' -F
complete -c walletwatch -n '__walletwatch_at "event confirm"' -a '(__walletwatch_values ids)'
complete -c walletwatch -n '__walletwatch_at "event confirm"' -l cause -r -a '(__walletwatch_values causes)' -d 'What it was, e.g. network.gateway.'
complete -c walletwatch -n '__walletwatch_at "event confirm"' -l wrong -d 'It was not what was told; you do not know what.'
complete -c walletwatch -n '__walletwatch_at "event confirm"' -l forget -d 'Take back what you said of it.'
complete -c walletwatch -n '__walletwatch_at "config"' -a init -d 'Write a file with all the defaults.'
complete -c walletwatch -n '__walletwatch_at "config"' -a check -d 'List every mistake in the file.'
complete -c walletwatch -n '__walletwatch_at "config"' -a show -d 'Print what is in force.'
complete -c walletwatch -n '__walletwatch_at "db"' -a info -d 'What it holds, and how big it is.'
complete -c walletwatch -n '__walletwatch_at "db"' -a backup -d 'Copy it, also while a daemon runs.'
complete -c walletwatch -n '__walletwatch_at "db"' -a restore -d 'Put a backup in its place; no daemon may run.'
complete -c walletwatch -n '__walletwatch_at "db"' -a prune -d 'Delete what is older than the configuration keeps.'
complete -c walletwatch -n '__walletwatch_at "db info"' -l json -d 'Print JSON, with English codes.'
complete -c walletwatch -n '__walletwatch_at "db backup"' -F
complete -c walletwatch -n '__walletwatch_at "db backup"' -l force -d 'Replace the file if it exists.'
complete -c walletwatch -n '__walletwatch_at "db restore"' -F
complete -c walletwatch -n '__walletwatch_at "db prune"' -l dry-run -d 'Only tell how many rows would go.'
complete -c walletwatch -n '__walletwatch_at "fix"' -a done -d 'Say that you carried a fix out.'
complete -c walletwatch -n '__walletwatch_at "fix"' -a list -d 'The fixes that were carried out, and those there are.'
complete -c walletwatch -n '__walletwatch_at "fix done"' -a '(__walletwatch_values fixes)'
complete -c walletwatch -n '__walletwatch_at "fix done"' -l at -r -a '' -d 'When you did it; else now.'
complete -c walletwatch -n '__walletwatch_at "fix list"' -l json -d 'Print JSON, with English codes.'
complete -c walletwatch -n '__walletwatch_at "notify"' -a test -d 'Show a notice now.'
complete -c walletwatch -n '__walletwatch_at "service"' -a install -d 'Install it for this user, or bring it up to date.'
complete -c walletwatch -n '__walletwatch_at "service"' -a uninstall -d 'Remove it; the data stay.'
complete -c walletwatch -n '__walletwatch_at "service"' -a status -d 'Whether it runs, since when, and in which version.'
complete -c walletwatch -n '__walletwatch_at "service install"' -l linger -d 'Linux: also while you are not logged in.'
complete -c walletwatch -n '__walletwatch_at "service install"' -l as-root -d 'Install it for root itself.'
complete -c walletwatch -n '__walletwatch_at "service uninstall"' -l purge-data -d 'Delete what was recorded, too.'
complete -c walletwatch -n '__walletwatch_at "service uninstall"' -l as-root -d 'Remove that of root itself.'
complete -c walletwatch -n '__walletwatch_at "service status"' -l json -d 'Print JSON, with English codes.'
